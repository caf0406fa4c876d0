import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {TerminalBackend, TerminalState} from '@codex-planner/plugin-api'
import {expect} from 'chai'

import {factsOf, type SessionFacts, survivorsOf} from '../../src/services/evidence.ts'
import type {Project} from '../../src/services/project.ts'
import {commandLine} from '../../src/system/process.ts'
import {signalTree} from '../../src/system/process-group.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {memoryTerminal} from '../support/memory-terminal.ts'
import {eventually} from '../support/world.ts'
import {openIn} from './clean-world.ts'

describe('what is left of a start', () => {
  const run = 'worker-task-001-5ca1ab1e'
  const env = {...process.env, CODEX_ORCHESTRATOR_RUN: run}
  let folder: string
  const begun: ChildProcess[] = []

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'survivors-'))
    await writeFile(path.join(folder, 'ours'), 'sleep 600 & echo $!; wait\n')
  })
  after(async () => {
    for (const {pid} of begun) if (pid !== undefined) signalTree(pid, {group: true}, 'SIGKILL')
    await rm(folder, {recursive: true})
  })

  /** The pid of what it starts. */
  async function start(args: string[]): Promise<number> {
    const child = spawn('/bin/sh', args, {env, detached: true, stdio: ['ignore', 'pipe', 'ignore']})
    begun.push(child)
    const [text] = await once(child.stdout, 'data')
    const pid = Number(String(text))
    await eventually('it to be what it is to be', async () => commandLine(pid).startsWith('sleep'))
    return pid
  }

  it('is not what our own program calls while it reports the end, but what run has started', async () => {
    const self: [string, string] = ['/bin/sh', path.join(folder, 'ours')]
    await start([self[1], 'internal', 'session-ended'])
    const heavy = await start([self[1], 'run', '--purpose', 'build'])
    const agents = await start(['-c', 'sleep 600 & echo $!; wait'])
    expect(await survivorsOf(run, self)).to.have.members([heavy, agents, begun.at(-1)?.pid])
  })
})

describe('a session whose terminal is called gone', () => {
  let machine: Machine
  let project: Project
  before(async () => {
    machine = await makeMachine()
    const root = await machine.repository('evidence')
    await machine.json(['init'], {cwd: root})
    const terminal = {life: 'other', id: '1'}
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [{name: 'worker-task-001', backend: 'memory', terminal, status: 'running'}],
    })
    project = await openIn(root, machine.env)
  })
  after(() => machine.close())

  /** What is said of it when its backend answers like this, one time after the other, and how often that is asked. */
  async function processWhen(...answers: TerminalState[]): Promise<[string, number]> {
    let asked = 0
    const fact = await processFrom(async () => [answers[asked++] ?? 'unknown'])
    return [fact?.value ?? 'nothing', asked]
  }

  async function processFrom(survey: TerminalBackend['survey']): Promise<SessionFacts['process'] | undefined> {
    const host = {
      ...project.host,
      terminalBackends: async () => ({found: [{...memoryTerminal(), survey}], faults: []}),
    }
    const [facts] = await factsOf({...project, host}, (await project.board.read()).sessions)
    return facts?.process
  }

  it('is gone when its backend says so twice', async () => {
    expect(await processWhen('gone', 'gone')).to.deep.equal(['gone', 2])
  })

  it('is unknown when the second answer is another one, or none (I3)', async () => {
    expect(await processWhen('gone', 'open')).to.deep.equal(['unknown', 2])
    expect(await processWhen('gone', 'unknown')).to.deep.equal(['unknown', 2])
  })

  it('is asked for once when nothing is missing', async () => {
    expect(await processWhen('open')).to.deep.equal(['unknown', 1])
  })

  it('is what its script has told meanwhile', async () => {
    const [session] = (await project.board.read()).sessions
    const run = path.join(project.paths.runs, session?.run ?? '')
    const fact = await processFrom(async () => {
      await mkdir(run, {recursive: true, mode: 0o700})
      await writeFile(path.join(run, 'exit'), 'code=3\nat=2026-01-02T03:04:05Z\n')
      return ['open']
    })
    expect(fact).to.deep.equal({value: 'gone', source: 'exit record', at: '2026-01-02T03:04:05Z'})
  })

  it('is not asked for any more once its script has told its end', async () => {
    const asked = () => Promise.reject(new Error('it was asked for'))
    expect(await processFrom(asked)).to.deep.include({value: 'gone', source: 'exit record'})
  })
})
