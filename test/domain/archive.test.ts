import {expect} from 'chai'

import {archivable, FINISHED_KEPT} from '../../src/domain/archive.ts'
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
    expect(archivable(board(finished(FINISHED_KEPT)))).to.deep.equal([])
    expect(ids(archivable(board(finished(FINISHED_KEPT + 3))))).to.deep.equal([id(1), id(2), id(3)])
    const first = finished(FINISHED_KEPT + 2, number => (number === 1 ? {revision: 999} : {}))
    expect(ids(archivable(board(first)))).to.deep.equal([id(2), id(3)])
  })

  it('are never those that are still to be done, however many there are', () => {
    expect(archivable(board(finished(FINISHED_KEPT + 50, () => ({status: 'review_ready'}))))).to.deep.equal([])
  })

  it('are not those that an open task waits for', () => {
    const open = aTask({id: id(900), status: 'todo', depends_on: [id(2)]})
    expect(ids(archivable(board([...finished(FINISHED_KEPT + 3), open])))).to.deep.equal([id(1), id(3)])
    const over = {...open, status: 'cancelled' as const, revision: 2000}
    expect(ids(archivable(board([...finished(FINISHED_KEPT + 2), over])))).to.deep.equal([id(1), id(2), id(3)])
  })

  for (const status of ['starting', 'running', 'suspended'] as const) {
    it(`are not those whose session is ${status}`, () => {
      const session = aSession({name: 'worker-task-002', role: 'worker', task_id: id(2), status})
      expect(ids(archivable(board(finished(FINISHED_KEPT + 3), [session])))).to.deep.equal([id(1), id(3)])
    })
  }

  for (const status of ['closed', 'lost'] as const) {
    it(`may be those whose session is ${status}`, () => {
      const session = aSession({name: 'worker-task-002', role: 'worker', task_id: id(2), status})
      expect(ids(archivable(board(finished(FINISHED_KEPT + 3), [session])))).to.deep.equal([id(1), id(2), id(3)])
    })
  }

  it('are only those whose end the planner has been told of, unless it was closed', () => {
    const planner = aSession({told_revision: 2, status: 'lost'})
    expect(ids(archivable(board(finished(FINISHED_KEPT + 3), [planner])))).to.deep.equal([id(1), id(2)])
    const closed = {...planner, status: 'closed' as const}
    expect(ids(archivable(board(finished(FINISHED_KEPT + 3), [closed])))).to.deep.equal([id(1), id(2), id(3)])
  })
})
