import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'

import {openLeaseRegistry} from '../../src/store/lease-registry.ts'
import {hostPaths, projectPaths} from '../../src/store/paths.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, runProgram, type Told} from '../commands/machine.ts'
import {type ManyCalls, manyCalls, type Outcome} from '../support/many-calls.ts'
import {parsedBoard} from '../support/parsed-board.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'
import type {FileFault} from './failing-files.ts'
import {litterIn} from './litter.ts'

const CODES = ['ENOSPC', 'EIO', 'EACCES', 'EROFS'] as const
const luck = chance()
const preload = pathToFileURL(path.join(import.meta.dirname, 'failing-files.ts')).href

interface Case {
  /** `{lease}` stands for the one that is held. */
  argv: string[]
  /** Starts from a folder in which nothing was done yet. */
  fresh?: boolean
}

const CASES: Case[] = [
  {argv: ['create-task', 'A second task', '--acceptance', 'It works']},
  {argv: ['update-task', 'TASK-001', '--status', 'blocked', '--title', 'Refuse any name']},
  {argv: ['init'], fresh: true},
  {argv: ['request-review', 'TASK-001', '--force', '--summary', 'Done as asked.']},
  {argv: ['acquire-lease', '--session-name', 'operator', '--purpose', 'npm run build']},
  {argv: ['release-lease', '{lease}']},
]

describe(`a file operation that fails (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.fileFaults * CASES.length * CODES.length, 1))
  let machine: Machine
  let calls: ManyCalls
  let lease: string
  let number = 0
  let tried = 0

  before(async () => {
    machine = await makeMachine()
    machine.env['CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES'] = '3'
    calls = manyCalls(machine.env, {preload})
    const template = path.join(machine.folder, 'template')
    await mkdir(template)
    await machine.repository('template/repo')
    await rm(path.join(template, 'repo/.git/hooks'), {recursive: true})
    await copy(template, path.join(machine.folder, 'fresh'))
    const cwd = path.join(template, 'repo')
    await succeed(['init'], template)
    await putOnBoard(cwd, {tasks: [{status: 'in_progress'}]})
    await succeed(['update-task', 'TASK-001', '--priority', 'high'], template)
    const held = await succeed(['acquire-lease', '--session-name', 'operator', '--purpose', 'npm test'], template)
    lease = (JSON.parse(held.stdout) as {lease: {id: string}}).lease.id
  })
  after(async () => {
    await calls.close()
    await machine.close()
    process.stdout.write(`    ${tried} operations failed\n`)
  })

  function run(argv: readonly string[], folder: string, fault: Partial<FileFault> = {}): Promise<Outcome> {
    const env = {XDG_STATE_HOME: path.join(folder, 'state'), ...fault}
    return calls.run({argv: [...argv, '--json'], cwd: path.join(folder, 'repo'), env})
  }

  async function succeed(argv: readonly string[], folder: string): Promise<Outcome> {
    const outcome = await run(argv, folder)
    if (outcome.code !== 0) throw new Error(`${argv.join(' ')}: ${outcome.stdout}${outcome.stderr}`)
    return outcome
  }

  async function copyFor({fresh = false}: Case): Promise<string> {
    const folder = path.join(machine.folder, String((number += 1)))
    await copy(path.join(machine.folder, fresh ? 'fresh' : 'template'), folder)
    return folder
  }

  async function withFault(argv: string[], folder: string, at: number, code: string) {
    const notes = `${folder}.notes`
    const outcome = await run(argv, folder, {
      CODEX_PLANNER_FAULT_FOLDER: folder,
      CODEX_PLANNER_FAULT_AT: String(at),
      CODEX_PLANNER_FAULT_CODE: code,
      CODEX_PLANNER_FAULT_NOTES: notes,
    })
    const noted = existsSync(notes) ? (await readFile(notes, 'utf8')).trimEnd().split('\n') : []
    await rm(notes, {force: true})
    return {outcome, noted}
  }

  for (const one of CASES) {
    const [command = ''] = one.argv
    it(`leaves the state from before or after ${command}, says one sentence, and ${command} works the next time`, async () => {
      const argv = one.argv.map(word => word.replace('{lease}', lease))
      const whole = await copyFor(one)
      const before = await stateOf(whole)
      const {outcome, noted} = await withFault(argv, whole, 0, '')
      expect(outcome.code, outcome.stdout).to.equal(0)
      const after = await stateOf(whole)
      expect(after).not.to.deep.equal(before)
      const faults: string[] = []
      for (const code of CODES) {
        const all = noted.map((_, index) => index + 1)
        for (const at of luck.shuffled(all).slice(0, counts.fileFaults)) {
          const folder = await copyFor(one)
          const {outcome: failed, noted: operation} = await withFault(argv, folder, at, code)
          const say = (what: string) =>
            faults.push(`${code} in ${operation.join('')} (${at} of ${all.length}): ${what}`)
          const found = await stateOf(folder).catch((error: unknown) => String(error))
          if (failed.code === 0 && !isSame(found, after)) say('it said yes, and the change is not there')
          if (failed.code !== 0 && !isSame(found, after) && !isSame(found, before) && !isPart(one, found, after))
            say(`the state is neither the one from before nor the one from after: ${JSON.stringify(found)}`)
          for (const complaint of complaints(failed)) say(complaint)
          if (!operation.some(name => name.startsWith('unlink'))) {
            const litter = await litterIn(path.join(folder, 'repo'), path.join(folder, 'state'))
            if (litter.length > 0) say(`it left ${litter.join(', ')}`)
          }
          const again = await run(argv, folder)
          if (again.code !== 0) say(`the next time it failed: ${again.stdout}`)
          const completed = lasting(await stateOf(folder))
          if (command !== 'create-task' && !isSame(completed, lasting(after)))
            say(`the next time did not complete it: ${JSON.stringify(completed)}`)
          tried += operation.length
          await rm(folder, {recursive: true})
        }
      }
      expect(faults).to.deep.equal([])
    })
  }
})

/** With times to the nanosecond: a kept version with another time would be taken for one that an editor saved into. */
async function copy(from: string, to: string): Promise<void> {
  const {code, stderr} = await runProgram('cp', ['-a', from, to])
  if (code !== 0) throw new Error(stderr)
}

/** What counts of a repository and its leases, without what differs from run to run. */
async function stateOf(folder: string): Promise<Record<string, unknown>> {
  const root = path.join(folder, 'repo')
  const leases = await openLeaseRegistry(
    hostPaths({HOME: folder, XDG_STATE_HOME: path.join(folder, 'state')}).leases,
  ).read()
  const purposes = leases.leases.map(({purpose}) => purpose)
  const codex = path.join(root, '.codex')
  if (!existsSync(path.join(codex, 'board', 'tasks.yaml')) || !existsSync(path.join(codex, 'board', 'sessions.yaml')))
    return {purposes, files: await filesIn(codex)}
  const {tasks, sessions, revision} = await parsedBoard(projectPaths(root, path.join(root, '.git')))
  const files = await filesIn(codex)
  return {
    purposes,
    revision,
    sessions,
    tasks: tasks.map(task => ({...task, created_at: '', updated_at: ''})),
    // Of a page that is complete with the change, it does not matter when it came.
    ...(tasks.length === 0 ? {files} : {}),
  }
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  if (!existsSync(folder)) return {}
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
  const texts = files
    .toSorted()
    .filter(file => !file.includes('/logs/') && !path.basename(file).startsWith('.tmp-'))
    .map(async file => [path.relative(folder, file), await readFile(file, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(texts))
}

/** What a command that is given twice leaves as one does. */
function lasting({tasks, ...rest}: Record<string, unknown>): Record<string, unknown> {
  const counted = (tasks ?? []) as {revision: number}[]
  return {...rest, revision: 0, tasks: counted.map(task => ({...task, revision: 0}))}
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** `init` makes many files, each of them whole or not at all. */
function isPart({fresh = false}: Case, found: unknown, after: Record<string, unknown>): boolean {
  if (!fresh || typeof found !== 'object' || found === null) return false
  const whole = new Map(Object.entries(after['files'] as Record<string, string>))
  const part = Object.entries((found as {files?: Record<string, string>}).files ?? {})
  return part.every(([name, text]) => whole.get(name) === text)
}

/** What is wrong with the way a failure was told. */
function complaints({code, stdout, stderr}: Outcome): string[] {
  const trace = /\n\s+at \S+/.test(stdout + stderr) ? [`a stack trace: ${stdout}${stderr}`] : []
  if (code === 0) return trace
  const {error} = JSON.parse(stdout) as {error: Told}
  const isSentence = /^[A-Z/.][^\n]*\.$/.test(error.message) && error.code !== 'INTERNAL'
  return isSentence ? trace : [...trace, `no sentence: ${error.code} ${error.message}`]
}
