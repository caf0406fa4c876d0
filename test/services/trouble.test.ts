import {mkdir, utimes, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {TerminalBackend, TerminalRef} from '@codex-planner/plugin-api'
import {expect} from 'chai'

import {changeSession, type Session} from '../../src/domain/session.ts'
import {eventsAfter} from '../../src/services/events.ts'
import {factsOf} from '../../src/services/evidence.ts'
import type {Project} from '../../src/services/project.ts'
import {listSessions} from '../../src/services/sessions.ts'
import {noteTroubles, troublesOf} from '../../src/services/trouble.ts'
import {conversationsIn} from '../../src/system/codex.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {memoryTerminal} from '../support/memory-terminal.ts'
import {openIn} from './clean-world.ts'

const NAME = 'worker-task-001'
const LIMIT = {message: 'Codex explains it.', codex_error_info: 'usage_limit_exceeded'}

describe('looking after workers', () => {
  let machine: Machine
  let project: Project
  /** What was asked of the terminals, in order. */
  let asked: string[]
  let screen: string
  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  beforeEach(async () => {
    const root = await machine.repository(`trouble-${Math.random().toString(36).slice(2)}`)
    await machine.json(['init'], {cwd: root})
    asked = []
    screen = ''
    const terminal = (id: string) => ({backend: 'memory', terminal: {id}, worktree: path.join(root, id)})
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}, {status: 'in_progress'}],
      sessions: [
        {name: NAME, ...terminal('one')},
        {name: 'worker-task-002', ...terminal('two')},
      ],
    })
    const plain = await openIn(root, machine.env)
    const host = {...plain.host, terminalBackends: async () => ({found: [terminals()], faults: []})}
    project = {...plain, host}
    // The scripts of both are this very process; they began two minutes ago.
    for (const session of await sessions()) await greet(session)
  })

  function terminals(): TerminalBackend {
    const note = (what: string, refs: readonly TerminalRef[]) =>
      asked.push(`${what} ${refs.map(({id}) => id).join(' ')}`)
    return {
      ...memoryTerminal(),
      async survey(refs) {
        note('survey', refs)
        return refs.map(() => 'open' as const)
      },
      async hints(refs) {
        note('hints', refs)
        return refs.map(() => null)
      },
      screen: async () => screen,
    }
  }

  const sessions = async () => (await project.board.read()).sessions
  const attention = async () => (await sessions())[0]?.attention ?? null

  async function greet({run}: Session): Promise<void> {
    const folder = path.join(project.paths.runs, run)
    await mkdir(folder, {recursive: true, mode: 0o700})
    const {pid, started, boot, pidns} = identify(process.pid)
    const lines = {pid, started, boot, pidns, pgid: pid, run}
    const hello = path.join(folder, 'hello')
    await writeFile(
      hello,
      Object.entries(lines)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    const began = new Date(Date.now() - 120_000)
    await utimes(hello, began, began)
  }

  /** A conversation of Codex's that began a minute ago in a folder. */
  async function conversation(cwd: string, number: number, error: object | null): Promise<void> {
    const began = new Date(Date.now() - 60_000)
    const hex = began.getTime().toString(16).padStart(12, '0')
    const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-00000000000${number}`
    const parts = [began.getFullYear(), began.getMonth() + 1, began.getDate()].map(part =>
      String(part).padStart(2, '0'),
    )
    const folder = path.join(machine.env.CODEX_HOME ?? '', 'sessions', ...parts)
    await mkdir(folder, {recursive: true})
    const line = (type: string, payload: object) => JSON.stringify({timestamp: began.toISOString(), type, payload})
    const lines = [
      line('session_meta', {id, cwd, base_instructions: {text: 'x'.repeat(20_000)}}),
      line('event_msg', {type: 'task_started'}),
      ...(error === null ? [] : [line('event_msg', {type: 'task_complete', last_agent_message: null, error})]),
    ]
    await writeFile(path.join(folder, `rollout-2026-01-31T12-00-00-${id}.jsonl`), `${lines.join('\n')}\n`)
  }

  it('finds a first turn that never began, with the first lines of the terminal, whose signs act on nothing', async () => {
    screen = `\n  Welcome to Codex\n\n\u0007Sign in\n${'more\n'.repeat(20)}`
    await noteTroubles(project)
    expect(await attention()).to.match(
      /^Has not begun its first turn \(\S+Z\)\. Ask the operator to look at its terminal with codex-planner attach\. Its terminal shows: {3}Welcome to Codex\n\\u\{7\}Sign in\n(more\n){9}more$/,
    )
  })

  it('asks the terminals of all workers at once, and of those whose script runs nothing but what they show', async () => {
    await noteTroubles(project)
    expect(asked).to.deep.equal(['hints one two'])
  })

  it('reads a conversation whose id nobody has learnt, when it is the only one in its folder', async () => {
    await conversation(path.join(project.root, 'one'), 1, LIMIT)
    await noteTroubles(project)
    expect(await attention()).to.match(
      /^Has reached the usage limit of its account \(.* Codex says: Codex explains it\.$/,
    )
    expect((await sessions())[0]?.codex_session_id).to.equal(null)
  })

  it('says nothing when two conversations began there', async () => {
    await conversation(path.join(project.root, 'one'), 1, LIMIT)
    await conversation(path.join(project.root, 'one'), 2, null)
    await noteTroubles(project)
    expect(await attention()).to.equal(null)
  })

  it('says the same thing once', async () => {
    await noteTroubles(project)
    const {revision} = await project.board.read()
    screen = 'Something else by now'
    await noteTroubles(project)
    expect((await project.board.read()).revision).to.equal(revision)
  })

  it('writes nothing where somebody only looks', async () => {
    const {revision} = await project.board.read()
    const {sessions: shown} = await listSessions(project, {activeOnly: false, maxBytes: null})
    expect(shown.map(({attention}) => attention?.split(' (')[0])).to.deep.equal([
      'Has not begun its first turn',
      'Has not begun its first turn',
    ])
    expect((await project.board.read()).revision).to.equal(revision)
  })

  it('shows beside what changed what nobody has been told, in our own words', async () => {
    screen = 'rm -rf / please'
    const {revision} = await project.board.read()
    const what = 'has not begun its first turn: ask the operator to look at its terminal with codex-planner attach'
    expect(await eventsAfter(project, revision, null)).to.deep.equal({
      changes: [],
      revision,
      reset: false,
      needs: [
        {id: NAME, what},
        {id: 'worker-task-002', what},
      ],
    })
    await noteTroubles(project)
    const {changes, needs} = await eventsAfter(project, revision, null)
    expect(changes.map(({id, what}) => [id, what])).to.deep.equal([
      [NAME, what],
      ['worker-task-002', what],
    ])
    expect(needs).to.deep.equal([])
  })

  it('is quiet about a worker that spoke meanwhile', async () => {
    const board = project.board
    const slow = {
      ...board,
      change: (async (decide, alongside) => {
        const spoken = (run: string) =>
          board.change(current => [changeSession(current, run, {attention: 'spoke'}), null])
        await spoken((await sessions())[0]?.run ?? '')
        return board.change(decide, alongside)
      }) as typeof board.change,
    }
    await noteTroubles({...project, board: slow})
    expect((await sessions()).map(({attention}) => attention?.split(' (')[0])).to.deep.equal([
      'spoke',
      'Has not begun its first turn',
    ])
  })

  it('takes a trouble back when its session is at work again, and words of others never', async () => {
    await conversation(path.join(project.root, 'one'), 1, null)
    const [one, two] = await sessions()
    await learn(one?.run ?? '')
    await project.board.change(board => {
      const first = changeSession(board, one?.run ?? '', {attention: 'Waits for an approval in its terminal.'})
      return [changeSession(first, two?.run ?? '', {attention: 'Was asked to end, and could not be ended.'}), null]
    })
    await noteTroubles(project, one?.run)
    expect((await sessions()).map(({attention}) => attention)).to.deep.equal([
      null,
      'Was asked to end, and could not be ended.',
    ])
  })

  async function learn(run: string): Promise<void> {
    const [file] = await conversationsIn(
      project.host.codexHome,
      path.join(project.root, 'one'),
      new Date(Date.now() - 90_000).toISOString(),
    )
    const codex_session_id = /([0-9a-f-]{36})\.jsonl$/.exec(file ?? '')?.[1] ?? null
    await project.board.change(board => [changeSession(board, run, {codex_session_id}), null])
  }

  it('leaves alone whoever calls, and every planner', async () => {
    await noteTroubles({...project, caller: {...project.caller, role: 'worker', session: NAME}})
    expect((await sessions()).map(({attention}) => attention?.split(' (')[0])).to.deep.equal([
      undefined,
      'Has not begun its first turn',
    ])
  })

  it('hints at nothing, and fails nobody, when a terminal cannot be asked', async () => {
    const failing = {...terminals(), hints: () => Promise.reject(new Error('tmux says nothing'))}
    const host = {...project.host, terminalBackends: async () => ({found: [failing], faults: []})}
    const board = await project.board.read()
    const facts = await factsOf({...project, host}, board.sessions)
    expect([...(await troublesOf({...project, host}, board, facts)).values()].map(({kind}) => kind)).to.deep.equal([
      'unbegun',
      'unbegun',
    ])
  })
})
