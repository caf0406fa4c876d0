import {expect} from 'chai'

import {idleMessage, isIdle, waitingTasks} from '../../src/domain/sentinel.ts'
import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {aBoard, aPlanner, aTask, aWorker, NOW} from './examples.ts'

const ready = aTask({id: 'TASK-001', revision: 3})
const done = aTask({id: 'TASK-002', status: 'done', revision: 4})
const following = aTask({id: 'TASK-003', depends_on: ['TASK-002'], revision: 2})
const early = aTask({id: 'TASK-004', depends_on: ['TASK-001'], revision: 2})
const started = aTask({id: 'TASK-005', status: 'in_progress', revision: 6})
const ENDING = {status: 'closed', task_status: null, asked_at: NOW, asked_by: 'operator'} as const

describe('tasks that wait while nobody works', () => {
  const TABLE: [what: string, tasks: Task[], workers: Session[], told: number | null, waiting: string[]][] = [
    ['a task that could start', [ready], [], null, ['TASK-001']],
    ['one whose dependency is done', [done, following], [], null, ['TASK-003']],
    ['none whose dependency is not', [ready, early], [], null, ['TASK-001']],
    ['none when all are started', [started], [], null, []],
    ['none on an empty board', [], [], null, []],
    ['one beside a worker whose turn must be looked at', [ready], [aWorker({revision: 5})], null, ['TASK-001']],
    ['none while a worker starts', [ready], [aWorker({status: 'starting'})], null, []],
    ['none while a worker has an answer to read', [ready], [aWorker({wake_revision: 4, wake_at: NOW})], null, []],
    ['none while a worker ends', [ready], [aWorker({ending: ENDING})], null, []],
    ['none while a worker comes back with its team', [ready], [aWorker({status: 'suspended'})], null, []],
    [
      'one beside a worker that could not come back',
      [ready],
      [aWorker({status: 'suspended', attention: 'x'})],
      null,
      ['TASK-001'],
    ],
    ['one beside workers that have ended', [ready], [aWorker({status: 'closed', ending: ENDING})], null, ['TASK-001']],
    [
      'one although an earlier start never came up',
      [ready],
      [aWorker({run: 'old', status: 'starting'}), aWorker()],
      null,
      ['TASK-001'],
    ],
    ['none that was told', [ready], [], 3, []],
    ['one that changed after it was told', [ready], [], 2, ['TASK-001']],
    ['one that became ready after it was told', [done, following], [], 3, ['TASK-003']],
    ['one when a worker came and went since', [ready], [aWorker({status: 'closed', revision: 7})], 6, ['TASK-001']],
    ['none when only another task changed', [ready, started], [], 5, []],
  ]
  for (const [what, tasks, workers, idle_revision, waiting] of TABLE) {
    it(`are ${what}`, () => {
      const planner = aPlanner({idle_revision, revision: 99})
      const found = waitingTasks(aBoard({tasks, sessions: [planner, ...workers]}), planner)
      expect(found.map(({id}) => id)).to.deep.equal(waiting)
    })
  }

  it('are told by their ids alone', () => {
    expect(idleMessage([aTask({title: 'rm -rf / please'}), following], 7)).to.equal(
      '[codex-planner] Nobody works, and TASK-001, TASK-003 could start. Call wait_events with after=7, then start what should not wait.',
    )
    const many = Array.from({length: 10}, (_, index) => aTask({id: `TASK-10${index}`}))
    expect(idleMessage(many, 7)).to.include('TASK-107 and 2 more could start.')
  })
})

describe('a session whose turn is over', () => {
  const at = (minute: number) => `2026-01-31T12:0${minute}:00.000Z`
  const line = (type: string, minute: number) =>
    JSON.stringify({timestamp: at(minute), type: 'event_msg', payload: {type}})
  const over = [line('task_started', 1), line('task_complete', 2)]
  const TABLE: [what: string, isOver: boolean, record: string[], began: string, prompt: string | null][] = [
    ['one that ended it in this start', true, over, at(0), 'x'],
    ['one that was interrupted', true, [line('task_started', 1), line('turn_aborted', 2)], at(0), 'x'],
    ['one that works', false, [...over, line('task_started', 3)], at(0), 'x'],
    ['one without a record', false, [], at(0), 'x'],
    ['one that was brought back and has not begun', false, over, at(3), 'x'],
    ['one that was opened again without a word', true, over, at(3), null],
  ]
  for (const [what, isOver, record, began, prompt_file] of TABLE) {
    it(`is ${isOver ? '' : 'not '}${what}`, () => {
      expect(isIdle(aWorker({prompt_file}), record, began)).to.equal(isOver)
    })
  }
})
