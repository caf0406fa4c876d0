import {expect} from 'chai'

import type {Change} from '../../src/domain/change.ts'
import {fittingChanges} from '../../src/services/events.ts'

const change = (revision: number, id = `TASK-${revision}`): Change => ({
  kind: 'task',
  id,
  status: 'done',
  silent: false,
  what: 'is done',
  revision,
})

describe('a page of changes', () => {
  const changes = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(revision => change(revision))
  const bytes = (page: Change[]) => Buffer.byteLength(JSON.stringify(page))

  it('is all of them where nothing bounds it', () => {
    expect(fittingChanges(changes, null)).to.deep.equal(changes)
    expect(fittingChanges(changes, 8000)).to.deep.equal(changes)
  })

  it('holds the oldest that fit, and the next one goes on behind them (G2)', () => {
    const page = fittingChanges(changes, 500)
    expect(bytes(page)).to.be.below(500)
    expect(page).to.deep.equal(changes.slice(0, page.length))
    expect(page).to.have.length.above(0)
  })

  it('never ends in the middle of a revision, since the next page begins behind it', () => {
    const twice = [change(1), change(2, 'TASK-2'), change(2, 'TASK-3'), change(2, 'TASK-4'), change(2, 'TASK-5')]
    expect(fittingChanges(twice, 400)).to.deep.equal([change(1)])
  })
})
