import {expect} from 'chai'

import {archivableStarts, archivableTasks, FINISHED_KEPT, STARTS_KEPT} from '../../src/domain/archive.ts'
import type {Board} from '../../src/domain/board.ts'
import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {aSession} from '../store/temp-project.ts'
import {aTask} from './examples.ts'

const id = (number: number) => `TASK-${String(number).padStart(3, '0')}`

/** Finished tasks, the first of which has changed last before all others. */
function finished(count: number, fields: (number: number) => Partial<Task> = () => ({})): Task[] {
  return Array.from({length: count}, (_, index) =>
    aTask({
      id: id(index + 1),
      status: index % 2 === 0 ? 'done' : 'cancelled',
      revision: index + 1,
      ...fields(index + 1),
    }),
  )
}

function board(tasks: Task[], sessions: Session[] = []): Board {
  return {revision: 1000, last_task: tasks.length, tasks, sessions}
}

const ids = (tasks: Task[]) => tasks.map(task => task.id)

describe('finished tasks that can leave the board', () => {
  it('are all but the newest, by what changed last', () => {
    expect(archivableTasks(board(finished(FINISHED_KEPT)))).to.deep.equal([])
    expect(ids(archivableTasks(board(finished(FINISHED_KEPT + 3))))).to.deep.equal([id(1), id(2), id(3)])
    const first = finished(FINISHED_KEPT + 2, number => (number === 1 ? {revision: 999} : {}))
    expect(ids(archivableTasks(board(first)))).to.deep.equal([id(2), id(3)])
  })

  it('are never those that are still to be done, however many there are', () => {
    expect(archivableTasks(board(finished(FINISHED_KEPT + 50, () => ({status: 'review_ready'}))))).to.deep.equal([])
  })

  it('are not those that an open task waits for', () => {
    const open = aTask({id: id(900), status: 'todo', depends_on: [id(2)]})
    expect(ids(archivableTasks(board([...finished(FINISHED_KEPT + 3), open])))).to.deep.equal([id(1), id(3)])
    const over = {...open, status: 'cancelled' as const, revision: 2000}
    expect(ids(archivableTasks(board([...finished(FINISHED_KEPT + 2), over])))).to.deep.equal([id(1), id(2), id(3)])
  })

  for (const status of ['starting', 'running', 'suspended'] as const) {
    it(`are not those whose session is ${status}`, () => {
      const session = aSession({name: 'worker-task-002', role: 'worker', task_id: id(2), status})
      expect(ids(archivableTasks(board(finished(FINISHED_KEPT + 3), [session])))).to.deep.equal([id(1), id(3)])
    })
  }

  for (const status of ['closed', 'lost'] as const) {
    it(`may be those whose session is ${status}`, () => {
      const session = aSession({name: 'worker-task-002', role: 'worker', task_id: id(2), status})
      expect(ids(archivableTasks(board(finished(FINISHED_KEPT + 3), [session])))).to.deep.equal([id(1), id(2), id(3)])
    })
  }

  it('are only those whose end the planner has been told of, unless it was closed', () => {
    const planner = aSession({told_revision: 2, status: 'lost'})
    expect(ids(archivableTasks(board(finished(FINISHED_KEPT + 3), [planner])))).to.deep.equal([id(1), id(2)])
    const closed = {...planner, status: 'closed' as const}
    expect(ids(archivableTasks(board(finished(FINISHED_KEPT + 3), [closed])))).to.deep.equal([id(1), id(2), id(3)])
  })
})

describe('records of starts that can leave the board', () => {
  /** Starts of workers whose tasks have left the board, the first of which has changed last before all others. */
  function over(count: number, fields: (number: number) => Partial<Session> = () => ({})): Session[] {
    return Array.from({length: count}, (_, index) =>
      aSession({
        name: `worker-task-${String(index + 1).padStart(3, '0')}`,
        role: 'worker',
        task_id: id(index + 1),
        run: `run-${index + 1}`,
        status: index % 2 === 0 ? 'closed' : 'lost',
        revision: index + 1,
        ...fields(index + 1),
      }),
    )
  }
  const runs = (sessions: Session[]) => archivableStarts(board([], sessions)).map(({run}) => run)
  const planner = (fields: Partial<Session>) => aSession({status: 'closed', prompt_file: null, ...fields})

  it('are all but the newest of those that are over, by what changed last', () => {
    expect(runs(over(STARTS_KEPT))).to.deep.equal([])
    expect(runs(over(STARTS_KEPT + 3))).to.deep.equal(['run-1', 'run-2', 'run-3'])
    expect(runs(over(STARTS_KEPT + 2, number => (number === 1 ? {revision: 999} : {})))).to.deep.equal([
      'run-2',
      'run-3',
    ])
  })

  for (const status of ['starting', 'running', 'suspended'] as const) {
    it(`are none that is ${status}`, () => {
      const sessions = over(STARTS_KEPT + 3, number => (number === 2 ? {status} : {}))
      expect(runs(sessions)).to.deep.equal(['run-1', 'run-3'])
    })
  }

  it('may be one that was suspended and has come back since', () => {
    const name = 'worker-task-001'
    const sessions = over(STARTS_KEPT + 2, number =>
      number <= 2 ? {name, ...(number === 1 ? {status: 'suspended'} : {})} : {},
    )
    expect(runs(sessions)).to.deep.equal(['run-1', 'run-2'])
  })

  it('are, of a worker whose task is on the board, none that its next start would go by', () => {
    const own = [
      aSession({run: 'prompt', prompt_file: 'prompt.md'}),
      aSession({run: 'conversation', prompt_file: null, codex_session_id: 'known'}),
      aSession({run: 'nothing', prompt_file: null}),
      aSession({run: 'before', prompt_file: null}),
      aSession({run: 'last', prompt_file: null}),
    ].map(session => ({
      ...session,
      name: 'worker-task-500',
      role: 'worker' as const,
      task_id: id(500),
      status: 'closed' as const,
    }))
    const sessions = [...own, ...over(STARTS_KEPT)]
    const open = board([aTask({id: id(500)})], sessions)
    expect(archivableStarts(open).map(({run}) => run)).to.deep.equal(['nothing'])
    expect(runs(sessions)).to.deep.equal(own.map(({run}) => run))
  })

  it('are none of the planner that its next start would go by', () => {
    const own = [
      planner({run: 'old'}),
      planner({run: 'conversation', codex_session_id: 'known'}),
      planner({run: 'prompt', prompt_file: 'planner.md'}),
      planner({run: 'before'}),
      planner({run: 'last'}),
    ]
    expect(runs([...own, ...over(STARTS_KEPT)])).to.deep.equal(['old'])
  })

  it('are only those whose end the planner has been told of, unless it was closed', () => {
    const sessions = over(STARTS_KEPT + 3)
    expect(runs([...sessions, planner({status: 'lost', told_revision: 2})])).to.deep.equal(['run-1', 'run-2'])
    expect(runs([...sessions, planner({status: 'running', told_revision: 2})])).to.deep.equal(['run-1', 'run-2'])
    expect(runs([...sessions, planner({told_revision: 2, revision: 999})])).to.deep.equal([
      'run-1',
      'run-2',
      'run-3',
      'run-4',
    ])
  })
})
