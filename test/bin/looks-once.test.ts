// What a list of sessions asks the machine for: as much for many as for two.
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, program} from '../commands/machine.ts'
import {mayTrace, traced} from '../support/tracing.ts'

interface Listed {
  sessions: {name: string; process: {value: string}; turn: {value: string}}[]
}

describe('a list of sessions', () => {
  let machine: Machine
  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  /** Of every pair one session runs and has ended its turn, and one is gone without a word. */
  async function team(name: string, pairs: number): Promise<string> {
    const root = await machine.repository(name)
    await machine.json(['init'], {cwd: root})
    const numbers = Array.from({length: 2 * pairs}, (_, index) => index + 1)
    await putOnBoard(root, {
      tasks: numbers.map(() => ({status: 'in_progress'})),
      sessions: numbers.map(number => ({
        name: `worker-task-${String(number).padStart(3, '0')}`,
        run: runOf(number),
        backend: 'tmux',
        terminal: {life: '1-1', id: `@${number}`},
        codex_session_id: conversationOf(number),
      })),
    })
    for (const number of numbers) await leave(root, number)
    return root
  }

  const runOf = (number: number) => `worker-task-${String(number).padStart(3, '0')}-5ca1ab1e`
  const conversationOf = (number: number) => `019c0000-0000-7000-8000-${String(number).padStart(12, '0')}`

  async function leave(root: string, number: number): Promise<void> {
    const run = path.join(root, '.codex', 'state', 'runs', runOf(number))
    await mkdir(run, {recursive: true, mode: 0o700})
    const {pid, started, boot, pidns} = identify(process.pid)
    // A process that began at another time is not the one that is meant.
    const began = number % 2 === 1 ? started : (started ?? 0) + 1
    const hello = {pid, started: began, boot, pidns, pgid: pid, run: runOf(number)}
    await writeFile(
      path.join(run, 'hello'),
      Object.entries(hello)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    const day = new Date(Number.parseInt('019c00000000', 16))
    const [month, date] = [day.getMonth() + 1, day.getDate()].map(part => String(part).padStart(2, '0'))
    const records = path.join(
      machine.env['CODEX_HOME'] ?? '',
      'sessions',
      String(day.getFullYear()),
      month ?? '',
      date ?? '',
    )
    await mkdir(records, {recursive: true})
    const ended = {timestamp: new Date().toISOString(), type: 'event_msg', payload: {type: 'task_complete'}}
    const file = path.join(records, `rollout-2026-01-27T00-00-00-${conversationOf(number)}.jsonl`)
    await writeFile(file, `${JSON.stringify(ended)}\n`)
  }

  /** The programs that one call starts, and the folders that it lists outside of the repository. */
  async function askedFor(root: string): Promise<{programs: string[]; folders: string[]}> {
    const trace = path.join(machine.folder, 'trace')
    const call = [process.execPath, program, 'list-sessions', '--json']
    const lines = await traced(call, 'openat,execve', trace, {cwd: root, env: machine.env})
    const programs = lines.flatMap(line => /execve\("([^"]+)"/.exec(line)?.[1] ?? []).slice(1)
    const opened = lines.filter(line => line.includes('O_DIRECTORY'))
    const folders = opened.flatMap(line => /openat\(AT_FDCWD, "([^"]+)"/.exec(line)?.[1] ?? [])
    return {
      programs: programs.map(file => path.basename(file)),
      folders: folders.filter(folder => !folder.startsWith(root)).map(folder => folder.replace(machine.home, 'HOME')),
    }
  }

  it('asks each terminal program, lists the processes, and lists each folder of conversations as often for twenty as for two', async function () {
    if (!mayTrace()) this.skip()
    const [two, twenty] = [await team('two', 1), await team('twenty', 10)]
    for (const [root, pairs] of [
      [two, 1],
      [twenty, 10],
    ] as const) {
      const {sessions} = await machine.json<Listed>(['list-sessions'], {cwd: root})
      const alive = sessions.filter(({process, turn}) => process.value === 'alive' && turn.value === 'idle')
      expect([alive.length, sessions.length]).to.deep.equal([pairs, 2 * pairs])
    }
    const asked = await askedFor(twenty)
    expect(asked).to.deep.equal(await askedFor(two))
    expect(asked.folders.filter(folder => folder === '/proc')).to.have.length(1)
    expect(asked.folders.filter(folder => folder.startsWith('HOME/codex/sessions'))).to.have.length(1)
  })
})
