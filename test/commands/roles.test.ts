import path from 'node:path'
import {expect} from 'chai'

import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

/** Words that would do something if the role allowed it. */
const CALLS: Record<string, string[]> = {
  attach: ['planner'],
  'close-session': ['planner'],
  'close-worker': ['worker-task-002'],
  'create-task': ['One'],
  'request-input': ['--session-name', 'worker-task-001', '--summary', 'Why?'],
  'request-review': ['TASK-001', '--summary', 'Done'],
  'restore-snapshot': ['worker-task-001/20260131T120000-000Z', '--to', '/nowhere/at/all'],
  'resume-task': ['TASK-002', '--note', 'Go on'],
  'show-handoff': ['TASK-001'],
  'show-prompt': ['worker-task-001'],
  'show-task': ['TASK-001'],
  'spawn-worker': ['TASK-003'],
  'update-task': ['TASK-001', '--status', 'blocked'],
  'wait-events': ['--after', '0'],
}

const OPERATORS = [
  'launch',
  'start-planner',
  'attach',
  'dashboard',
  'suspend',
  'shutdown',
  'restore-snapshot',
  'clean',
  'autocomplete',
]

describe('the command line inside a session', () => {
  let machine: Machine
  let root: string
  let other: string
  const as = (role: string, session: string, project = root) => ({
    CODEX_ORCHESTRATOR_ROLE: role,
    CODEX_ORCHESTRATOR_SESSION: session,
    CODEX_ORCHESTRATOR_PROJECT: project,
  })

  before(async () => {
    machine = await makeMachine()
    ;[root, other] = [await machine.repository('repo'), await machine.repository('other')]
    for (const cwd of [root, other]) {
      await machine.json(['init'], {cwd})
      await putOnBoard(cwd, {
        tasks: [{status: 'in_progress'}, {status: 'needs_input'}, {}],
        sessions: [
          {name: 'planner', backend: 'gone'},
          {name: 'worker-task-001', backend: 'gone'},
          {name: 'worker-task-002', backend: 'gone'},
        ],
      })
    }
  })
  after(() => machine.close())

  const forbidden: [role: string, session: string, commands: string[]][] = [
    [
      'worker',
      'worker-task-001',
      ['create-task', 'update-task', 'spawn-worker', 'resume-task', 'close-worker', 'init'],
    ],
    [
      'observer',
      'planner',
      [
        'create-task',
        'update-task',
        'spawn-worker',
        'resume-task',
        'close-worker',
        'init',
        'close-session',
        'request-input',
        'request-review',
      ],
    ],
    ['worker', 'worker-task-001', OPERATORS],
    ['planner', 'planner', OPERATORS],
    ['somebody-new', 'x', ['create-task', 'launch']],
  ]
  for (const [role, session, commands] of forbidden) {
    for (const command of commands) {
      it(`refuses ${command} to a ${role}, without any trace (MCP E13)`, async () => {
        const before = await wholeTree(root)
        const told = await machine.refusal([command, ...(CALLS[command] ?? [])], {cwd: root, env: as(role, session)})
        const who = OPERATORS.includes(command) ? 'Only the person at the keyboard' : 'Only the planner'
        const called = role === 'somebody-new' ? 'observer' : role
        expect(told).to.deep.equal({
          exit: 1,
          code: 'ROLE_FORBIDDEN',
          message: `${who} can use ${command}; this is the ${called}'s session.`,
          suggestions: ['codex-planner list-tasks'],
          retryable: false,
        })
        expect(await wholeTree(root)).to.deep.equal(before)
      })
    }
  }

  it('refuses a bare call to a worker as well', async () => {
    for (const argv of [[], ['--new-session']]) {
      const {code, exit} = await machine.refusal(argv, {cwd: root, env: as('worker', 'worker-task-001')})
      expect({code, exit}).to.deep.equal({code: 'ROLE_FORBIDDEN', exit: 1})
    }
  })

  const strangers: [what: string, argv: string[]][] = [
    ['the planner’s prompt (E11)', ['show-prompt', 'planner']],
    ['another worker’s prompt', ['show-prompt', 'worker-task-002']],
    ['the end of the planner (E3)', ['close-session', 'planner']],
    ['the end of another worker (E3)', ['close-session', 'worker-task-002']],
    ['a question in another’s name (E5)', ['request-input', '--session-name', 'worker-task-002', '--summary', 'Why?']],
    ['another’s task (E4)', ['request-review', 'TASK-002', '--summary', 'Done']],
  ]
  for (const [what, argv] of strangers) {
    it(`refuses ${what} to a worker, without any trace`, async () => {
      const before = await wholeTree(root)
      const {code, exit, suggestions} = await machine.refusal(argv, {cwd: root, env: as('worker', 'worker-task-001')})
      expect({code, exit}).to.deep.equal({code: 'NOT_OWNER', exit: 1})
      expect(suggestions).not.to.be.empty
      expect(await wholeTree(root)).to.deep.equal(before)
    })
  }

  it('refuses any other repository to a worker, however it is named (E12)', async () => {
    for (const argv of [
      ['list-tasks', '--repo-path', other],
      ['show-task', 'TASK-001', '--repo-path', path.join(other, '.codex')],
      ['request-review', 'TASK-001', '--summary', 'x', '--repo-path', other],
    ]) {
      const {code, exit} = await machine.refusal(argv, {cwd: root, env: as('worker', 'worker-task-001')})
      expect({code, exit}).to.deep.equal({code: 'REPO_NOT_ALLOWED', exit: 1})
    }
  })

  it('refuses plugins, and force, to every session (A-090, A-094)', async () => {
    for (const role of ['planner', 'worker'] as const) {
      const env = as(role, role === 'worker' ? 'worker-task-001' : 'planner')
      const listed = await machine.run(['plugins', '--core'], {cwd: root, env})
      expect(listed.code).to.equal(1)
      expect(listed.stderr).to.include('Only the person at the keyboard can use plugins')
    }
    const planner = as('planner', 'planner')
    const {code} = await machine.refusal(['spawn-worker', 'TASK-001', '--force'], {cwd: root, env: planner})
    expect(code).to.equal('ROLE_FORBIDDEN')
  })

  it('means its own repository wherever it stands', async () => {
    const env = as('worker', 'worker-task-001')
    await machine.json(['create-task', 'Only here'], {cwd: root})
    const {tasks} = await machine.json<{tasks: {title: string}[]}>(['list-tasks', '--limit', '200'], {cwd: other, env})
    expect(tasks.at(-1)?.title).to.equal('Only here')
  })

  it('lets a worker read the board, and its own handoff', async () => {
    const env = as('worker', 'worker-task-001')
    for (const argv of [
      ['list-tasks'],
      ['list-sessions'],
      ['show-task', 'TASK-002'],
      ['wait-events', '--after', '0'],
    ]) {
      await machine.json(argv, {cwd: root, env})
    }
  })

  it('signs what a worker does with its name, whatever it is told', async () => {
    const env = {...as('worker', 'worker-task-001'), USER: 'planner', CODEX_ORCHESTRATOR_WORKER_MODEL: 'x'}
    await machine.json(['request-review', 'TASK-001', '--summary', 'I am the planner'], {cwd: root, env})
    const {text} = await machine.json<{text: string}>(['show-handoff', 'TASK-001'], {cwd: root})
    expect(text).to.match(/^## .* worker-task-001/m)
  })

  it('is the person’s again when the role is empty', async () => {
    const {code} = await machine.run(['create-task', 'One'], {cwd: root, env: {CODEX_ORCHESTRATOR_ROLE: ''}})
    expect(code).to.equal(0)
  })
})
