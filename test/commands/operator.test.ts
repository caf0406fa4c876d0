import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

interface Answer {
  task: Task
  session: Session
}

describe('what an operator types by hand', () => {
  let machine: Machine
  let count = 0

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  /** A repository with one task and the record of a worker on it, which has ended. */
  async function aTeam(task: Partial<Task> = {}): Promise<string> {
    const root = await machine.repository(`operator-${++count}`)
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {
      tasks: [{status: 'in_progress', owner: 'worker-task-001', ...task}],
      sessions: [{name: 'worker-task-001', status: 'closed', backend: 'none'}],
    })
    await machine.json(['update-task', 'TASK-001'], {cwd: root})
    return root
  }

  it('blocks a task, takes its owner away and adds what must be true', async () => {
    const cwd = await aTeam({acceptance: ['It works']})
    const {task} = await machine.json<Answer>(
      ['update-task', 'TASK-001', '--status', 'blocked', '--clear-owner', '--acceptance', 'The design is decided'],
      {cwd},
    )
    expect(task).to.deep.include({status: 'blocked', owner: null, acceptance: ['It works', 'The design is decided']})
  })

  it('asks in the name of a worker: the task waits, and the question is in its handoff', async () => {
    const cwd = await aTeam()
    const {task, session} = await machine.json<Answer>(
      [
        ...['request-input', '--session-name', 'worker-task-001', '--summary', 'Which way?'],
        ...['--detail', 'Left is short', '--detail', 'Right is dry'],
        ...['--recommended-next-step', 'Ask about the weather.', '--close-session'],
      ],
      {cwd},
    )
    expect(task.status).to.equal('needs_input')
    expect(session).to.include({name: 'worker-task-001', status: 'closed'})
    const {tasks} = await machine.json<{tasks: Task[]}>(['list-tasks', '--status', 'needs_input'], {cwd})
    expect(tasks.map(({id}) => id)).to.deep.equal(['TASK-001'])
    const {stdout} = await machine.run(['show-handoff', 'TASK-001'], {cwd})
    expect(stdout).to.include(
      '\n\n> Which way?\n\n> - Left is short\n> - Right is dry\n\nProposed next step:\n\n> Ask about the weather.\n',
    )
  })

  it('closes a session and moves its task in one call', async () => {
    const cwd = await aTeam()
    const {task, session} = await machine.json<Answer>(
      ['close-session', 'worker-task-001', '--task-status', 'review_ready'],
      {cwd},
    )
    expect([task.status, session.status]).to.deep.equal(['review_ready', 'closed'])
  })

  it('looks at the prompt a session was given, or only asks where it is', async () => {
    const cwd = await aTeam()
    const file = path.join(cwd, '.codex/state/rendered_prompts/worker-task-001.md')
    await writeFile(file, '# Worker\n\nDo it.\n')
    expect((await machine.run(['show-prompt', 'worker-task-001'], {cwd})).stdout).to.equal('# Worker\n\nDo it.\n')
    expect((await machine.run(['show-prompt', 'worker-task-001', '--path-only'], {cwd})).stdout).to.equal(`${file}\n`)
  })

  it('finds no prompt of a session that was never made', async () => {
    const {exit, code, suggestions} = await machine.refusal(['show-prompt', 'planner'], {cwd: await aTeam()})
    expect({exit, code, suggestions}).to.deep.equal({
      exit: 1,
      code: 'SESSION_NOT_FOUND',
      suggestions: ['codex-planner list-sessions'],
    })
  })

  it('answers with several notes, which stand in the handoff also while the worker cannot come back', async () => {
    const cwd = await aTeam({status: 'needs_input'})
    const base = (await machine.git(cwd, 'rev-parse', 'HEAD')).trim()
    await machine.json(['list-tasks'], {cwd})
    const env = {CODEX_ORCHESTRATOR_MIN_MEM_AVAILABLE_GB: '65536'}
    const file = path.join(cwd, '.codex/board/tasks.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('base_commit: null', `base_commit: ${base}`))
    const argv = ['resume-task', 'TASK-001', '--note', 'Old files must open.', '--note', 'Keep the old spelling.']
    expect((await machine.refusal(argv, {cwd, env})).code).to.equal('WORKER_DEFERRED')
    expect((await machine.run(['show-handoff', 'TASK-001'], {cwd})).stdout).to.match(
      /answer by operator\n\n> - Old files must open\.\n> - Keep the old spelling\.\n/,
    )
  })

  it('lists sessions for programs, those that run alone', async () => {
    const cwd = await aTeam()
    const all = await machine.run(['list-sessions', '--format', 'json'], {cwd})
    expect((JSON.parse(all.stdout) as {sessions: Session[]}).sessions.map(({name}) => name)).to.deep.equal([
      'worker-task-001',
    ])
    const active = await machine.run(['list-sessions', '--active-only', '--format', 'json'], {cwd})
    expect((JSON.parse(active.stdout) as {sessions: Session[]}).sessions).to.deep.equal([])
  })

  it('finds in a new repository pages for decisions, risks and what is left for later', async () => {
    const root = await machine.repository('operator-pages')
    await machine.json(['init'], {cwd: root})
    const first = async (name: string) => (await readFile(path.join(root, '.codex/board', name), 'utf8')).split('\n')[0]
    expect(await Promise.all(['decisions.md', 'risks.md', 'backlog.md'].map(first))).to.deep.equal([
      '# Decisions',
      '# Risks',
      '# Backlog',
    ])
  })

  it('leaves everything about a repository in that repository', async () => {
    const root = await machine.repository('operator-own')
    const before = await wholeTree(machine.home)
    await machine.json(['init'], {cwd: root})
    await machine.json(['create-task', 'One'], {cwd: root})
    await machine.json(['update-task', 'TASK-001', '--status', 'blocked'], {cwd: root})
    await machine.json(['list-sessions'], {cwd: root})
    expect(await wholeTree(machine.home)).to.deep.equal(before)
  })
})
