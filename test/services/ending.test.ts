import {expect} from 'chai'

import {addSession} from '../../src/domain/session.ts'
import {wishingToEnd} from '../../src/services/ending.ts'
import type {Project} from '../../src/services/project.ts'
import {aBoard, aWorker} from '../domain/examples.ts'

/** As much of a project as the wish looks at. */
function callOf(session: string | null): Project {
  return {
    host: {now: () => '2026-01-31T12:00:00Z'},
    caller: {role: session === null ? 'operator' : 'worker', session, project: null},
    author: session ?? 'operator',
  } as Project
}

describe('a question with which a session ends (F-021)', () => {
  const name = 'worker-task-001'
  const board = addSession(aBoard(), aWorker({status: 'running'}))

  it('has its wish to end in the same change, so that neither can be without the other', () => {
    expect(wishingToEnd(callOf(name), board, name).sessions.at(-1)?.ending).to.deep.equal({
      status: 'closed',
      task_status: null,
      asked_at: '2026-01-31T12:00:00Z',
      asked_by: name,
    })
  })

  it('wishes nothing for another, nor for one that has ended', () => {
    expect(wishingToEnd(callOf(null), board, name)).to.equal(board)
    const ended = addSession(aBoard(), aWorker({status: 'closed'}))
    expect(wishingToEnd(callOf(name), ended, name)).to.equal(ended)
  })
})
