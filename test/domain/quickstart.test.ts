import {expect} from 'chai'

import {guideFor, type SessionBrief, type TeamFacts} from '../../src/domain/quickstart.ts'

const FACTS: TeamFacts = {
  repository: '/home/ada/shop',
  initialized: true,
  problem: null,
  has_commit: true,
  terminal: {backend: 'tmux', detail: 'tmux 3.4'},
  planner: null,
  workers: [],
  by_status: {},
  next_task: {id: 'TASK-007', title: 'Refuse empty names'},
  waiting: [],
}

const planner = (fields: Partial<SessionBrief>): SessionBrief => ({
  name: 'planner',
  status: 'running',
  process: 'alive',
  turn: 'idle',
  task_id: null,
  task: null,
  ...fields,
})

describe('what to do next', () => {
  const table: [when: string, facts: Partial<TeamFacts>, text: string, command: string | null][] = [
    [
      'outside a repository',
      {problem: {message: '/tmp is not inside a Git repository.', command: 'git init'}, has_commit: false},
      '/tmp is not inside a Git repository.',
      'git init',
    ],
    [
      'without a commit',
      {has_commit: false},
      'This repository has no commit yet, so a worker has nothing to start from.',
      `git commit --allow-empty -m 'First commit'`,
    ],
    [
      'without a terminal',
      {terminal: {backend: null, detail: 'No terminal can be opened. tmux: tmux is not installed.'}},
      'No terminal can be opened. tmux: tmux is not installed.',
      'codex-planner doctor',
    ],
    ['before the first planner', {}, 'There is no planner yet; start one and say what you want.', 'codex-planner'],
    [
      'after the planner was closed',
      {planner: planner({status: 'closed', process: 'gone'})},
      'The planner has ended; bring it back in its conversation.',
      'codex-planner',
    ],
    [
      'after the team was suspended',
      {planner: planner({status: 'suspended', process: 'gone'})},
      'The team is suspended; bring it back, each session in its conversation.',
      'codex-planner',
    ],
    [
      'when the process of the planner is gone and the board does not know yet',
      {planner: planner({process: 'gone'})},
      'The planner has ended; bring it back in its conversation.',
      'codex-planner',
    ],
    [
      'when nobody can tell whether it runs',
      {planner: planner({process: 'unknown'})},
      'Whether the planner runs cannot be told; look at what is known.',
      'codex-planner show-session planner',
    ],
    [
      'while it runs',
      {planner: planner({})},
      'The planner runs; go there and say what you want.',
      'codex-planner attach',
    ],
    [
      'while one task waits for it',
      {planner: planner({}), waiting: ['TASK-002']},
      'The planner runs; go there and say what you want. TASK-002 waits for it.',
      'codex-planner attach',
    ],
    [
      'while many do',
      {planner: planner({}), waiting: ['TASK-002', 'TASK-003', 'TASK-005', 'TASK-008']},
      'The planner runs; go there and say what you want. TASK-002, TASK-003 and 2 more wait for it.',
      'codex-planner attach',
    ],
  ]
  for (const [when, facts, text, command] of table) {
    it(`${when} is ${command}`, () => expect(guideFor({...FACTS, ...facts}).next).to.deep.equal({text, command}))
  }
})

describe('the way of working', () => {
  const commands = (facts: Partial<TeamFacts>) => guideFor({...FACTS, ...facts}).steps.flatMap(step => step.commands)

  it('is told with the task that can be started now', () => {
    expect(commands({})).to.include.members([
      'codex-planner spawn-worker TASK-007',
      'codex-planner attach worker-task-007',
      'codex-planner show-handoff TASK-007',
    ])
  })

  it('is told with the task that waits for an answer', () => {
    expect(commands({waiting: ['TASK-002']})).to.include.members([
      'codex-planner spawn-worker TASK-007',
      'codex-planner show-handoff TASK-002',
      `codex-planner resume-task TASK-002 --note 'Take the second way.'`,
      'codex-planner close-worker worker-task-002 --task-status done',
    ])
  })

  it('says what the next task will be called where none can be started', () => {
    const {steps} = guideFor({...FACTS, next_task: {id: 'TASK-1000', title: null}})
    expect(steps.map(({text}) => text).join(' ')).to.include('it becomes TASK-1000.')
  })

  it('says that workers go through the planner', () => {
    const boundary = guideFor(FACTS).steps.find(({title}) => title === 'Let work go through the planner')
    expect(boundary?.text).to.match(/^Workers do not talk to you/)
  })

  it('names the keys of tmux only where tmux is', () => {
    const texts = (backend: string) =>
      guideFor({...FACTS, terminal: {backend, detail: ''}})
        .steps.map(({text}) => text)
        .join(' ')
    expect(texts('tmux')).to.include('Ctrl+b d')
    expect(texts('desktop')).not.to.include('Ctrl+b')
  })
})
