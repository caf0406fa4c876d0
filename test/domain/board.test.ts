import {expect} from 'chai'

import {type Board, EMPTY_BOARD, stampChanged} from '../../src/domain/board.ts'
import {addSession, changeSession, type Session} from '../../src/domain/session.ts'
import {addTask, changeTask} from '../../src/domain/task.ts'

const NOW = '2026-01-31T12:00:00Z'

function boardOf(...titles: string[]): Board {
  return titles.reduce((board, title) => stampChanged(board, addTask(board, {title}, NOW)[0]), EMPTY_BOARD)
}

const session = {name: 'planner', run: 'planner-1', status: 'running', told_revision: 0, revision: 0} as Session

describe('the board’s revision', () => {
  it('goes up by one with every change and is stamped on what changed', () => {
    const board = boardOf('One', 'Two')
    const [changed] = changeTask(board, 'TASK-001', {status: 'in_progress'}, NOW)
    const after = stampChanged(board, addSession(changed, session))
    expect(after.revision).to.equal(3)
    expect(after.tasks.map(task => task.revision)).to.deep.equal([3, 2])
    expect(after.sessions.map(session => session.revision)).to.deep.equal([3])
  })

  it('stays, and so does the board itself, when nothing changed', () => {
    const board = boardOf('One')
    expect(stampChanged(board, board)).to.equal(board)
    expect(stampChanged(board, changeSession(board, 'unknown', {status: 'lost'}))).to.equal(board)
    const same = {...board, tasks: board.tasks.map(task => ({...task}))}
    expect(stampChanged(board, same)).to.equal(board)
  })

  it('is not decided by whoever changes an entry', () => {
    const board = boardOf('One')
    const after = stampChanged(board, {...board, tasks: board.tasks.map(task => ({...task, title: 'x', revision: 99}))})
    expect(after.tasks[0]?.revision).to.equal(2)
  })

  it('goes up when a task number was given away', () => {
    const board = boardOf('One')
    expect(stampChanged(board, {...board, last_task: 5})).to.include({revision: 2, last_task: 5})
  })
})
