import {expect} from 'chai'

import type {Board} from '../../src/domain/board.ts'
import type {Completes} from '../../src/domain/completion.ts'
import {neededFact, valuesFor} from '../../src/domain/completion-values.ts'
import {aTask, aWorker} from './examples.ts'

const SHA = '0123456789012345678901234567890123456789'
const STATUSES = ['todo', 'in_progress', 'blocked', 'needs_input', 'review_ready', 'done', 'cancelled'] as const

const board: Board = {
  revision: 9,
  last_task: 9,
  tasks: [
    ...STATUSES.map((status, index) =>
      aTask({
        id: `TASK-00${index + 1}`,
        title: `It is ${status}`,
        status,
        base_commit: status === 'todo' || status === 'blocked' ? null : SHA,
        owner: status === 'in_progress' ? 'worker-task-002' : null,
      }),
    ),
    aTask({id: 'TASK-008', title: 'After 6', depends_on: ['TASK-006'], owner: 'Ada Lovelace'}),
    aTask({id: 'TASK-009', title: 'After 1', depends_on: ['TASK-001', 'TASK-006'], owner: 'ada'}),
  ],
  sessions: [
    aWorker({name: 'planner', role: 'planner', task_id: null, run: 'p-1', status: 'closed'}),
    aWorker({name: 'worker-task-006', task_id: 'TASK-006', run: 'w6-1', status: 'closed'}),
    aWorker({name: 'worker-task-002', task_id: 'TASK-002', run: 'w2-1', status: 'lost'}),
    aWorker({name: 'worker-task-002', task_id: 'TASK-002', run: 'w2-2', status: 'running'}),
    aWorker({name: 'worker-task-004', task_id: 'TASK-004', run: 'w4-1', status: 'suspended'}),
    aWorker({name: 'worker-task-005', task_id: 'TASK-005', run: 'w5-1', status: 'lost'}),
    aWorker({name: 'planner', role: 'planner', task_id: null, run: 'p-2', status: 'starting'}),
  ],
}

describe('what is on the board', () => {
  const TABLE: [completes: Completes, values: string][] = [
    ['any-task', 'TASK-001 TASK-002 TASK-003 TASK-004 TASK-005 TASK-006 TASK-007 TASK-008 TASK-009'],
    ['open-task', 'TASK-001 TASK-002 TASK-003 TASK-004 TASK-005 TASK-008 TASK-009'],
    ['startable-task', 'TASK-001 TASK-003 TASK-008'],
    ['answerable-task', 'TASK-002 TASK-004 TASK-005'],
    ['reviewable-task', 'TASK-002 TASK-005'],
    ['dependency', 'TASK-001 TASK-002 TASK-003 TASK-004 TASK-005 TASK-006 TASK-008 TASK-009'],
    ['owner', 'worker-task-002 Ada Lovelace ada'],
    ['any-session', 'worker-task-006 worker-task-002 worker-task-004 worker-task-005 planner'],
    ['active-session', 'worker-task-002 planner'],
    ['active-worker', 'worker-task-002'],
    ['closable-session', 'worker-task-002 worker-task-004 worker-task-005 planner'],
    ['closable-worker', 'worker-task-002 worker-task-004 worker-task-005'],
    ['lease-holder', 'operator planner worker-task-002'],
  ]
  for (const [completes, values] of TABLE) {
    it(`is offered for ${completes}`, () => {
      const found = valuesFor({completes}, {board}).map(({value}) => value)
      expect(found.join(' ')).to.equal(values)
    })
  }

  it('comes with what a person knows it by', () => {
    expect(valuesFor({completes: 'reviewable-task'}, {board})).to.deep.equal([
      {value: 'TASK-002', about: 'It is in_progress'},
      {value: 'TASK-005', about: 'It is review_ready'},
    ])
    expect(valuesFor({completes: 'active-session'}, {board})).to.deep.equal([
      {value: 'worker-task-002', about: 'running: It is in_progress'},
      {value: 'planner', about: 'starting'},
    ])
  })

  it('is nothing without a board', () => {
    expect(valuesFor({completes: 'any-task'}, {})).to.deep.equal([])
    expect(valuesFor({completes: 'lease-holder'}, {}).map(({value}) => value)).to.deep.equal(['operator', 'planner'])
  })
})

describe('what is offered besides the board', () => {
  it('are the values of a choice', () => {
    expect(valuesFor({options: ['low', 'high']}, {})).to.deep.equal([
      {value: 'low', about: ''},
      {value: 'high', about: ''},
    ])
  })

  it('are leases, with who has them and what for', () => {
    const lease = {id: 'HEAVY-1234abcd', session: 'planner', purpose: 'npm test'}
    expect(valuesFor({completes: 'lease'}, {leases: [lease]})).to.deep.equal([
      {value: 'HEAVY-1234abcd', about: 'planner: npm test'},
    ])
  })

  it('are snapshots, with why they were taken', () => {
    const snapshot = {
      id: 'worker-task-001/20260131T120000-000Z',
      session: 'worker-task-001',
      task_id: 'TASK-001',
      taken_at: '2026-01-31T12:00:00.000Z',
      reason: 'closed',
      commit: SHA,
    }
    expect(valuesFor({completes: 'snapshot'}, {snapshots: [snapshot, {...snapshot, reason: null}]})).to.deep.equal([
      {value: 'worker-task-001/20260131T120000-000Z', about: 'closed'},
    ])
  })

  it('are plugins, with what they hook into', () => {
    const plugins = [
      {name: '@me/terminal', hooks: ['terminal-backend']},
      {name: 'gone', hooks: []},
    ]
    expect(valuesFor({completes: 'plugin'}, {plugins})).to.deep.equal([
      {value: '@me/terminal', about: 'terminal-backend'},
      {value: 'gone', about: ''},
    ])
  })

  it('is nothing for text', () => expect(valuesFor({}, {board})).to.deep.equal([]))
})

describe('what has to be read', () => {
  const TABLE: [completes: Completes | undefined, fact: string | null][] = [
    ['any-task', 'board'],
    ['dependency', 'board'],
    ['owner', 'board'],
    ['closable-worker', 'board'],
    ['lease-holder', 'board'],
    ['lease', 'leases'],
    ['snapshot', 'snapshots'],
    ['plugin', 'plugins'],
    ['folder', null],
    ['command', null],
    [undefined, null],
  ]
  for (const [completes, fact] of TABLE) {
    it(`is ${fact} for ${completes}`, () => expect(neededFact(completes)).to.equal(fact))
  }
})
