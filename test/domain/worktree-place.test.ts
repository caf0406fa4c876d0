import {expect} from 'chai'

import {branchName} from '../../src/domain/task.ts'
import {isSamePlace, type Named, repositoryBeside, type Standing, standingOf} from '../../src/domain/worktree-place.ts'
import {aTask} from './examples.ts'

describe('a worktree and its repository, which is in /b/shop', () => {
  const link = {wanted: '/a/shop-worktrees/task-001', gitFolder: '/b/shop/.git/worktrees/task-001'}
  const named = (folder: string, gitFolder: string, isThere: boolean): Named => ({folder, gitFolder, isThere})
  const there = (gitFolder: string, isThere = false) => named(link.wanted, gitFolder, isThere)
  const found = '/b/shop-worktrees/task-001'
  const moved = (folder: string, certain: boolean): Standing => ({state: 'moved', folder, certain})

  const TABLE: [what: string, there: Named | undefined, elsewhere: Named[], standing: Standing][] = [
    ['name each other', there(link.gitFolder, true), [], {state: 'linked'}],
    [
      'lost each other when the repository was moved',
      there('/a/shop/.git/worktrees/task-001'),
      [],
      moved(link.wanted, true),
    ],
    [
      'are two when the other repository is there',
      there('/a/shop/.git/worktrees/task-001', true),
      [],
      {state: 'foreign'},
    ],
    ['are two when it is one of another name', there('/a/shop/.git/worktrees/task-002'), [], {state: 'foreign'}],
    ['are two when it names no worktree’s folder', there('/a/task-001'), [], {state: 'foreign'}],
    [
      'lost each other when the worktree was moved',
      undefined,
      [named(found, link.gitFolder, true)],
      moved(found, true),
    ],
    [
      'lost each other when both were moved',
      undefined,
      [named(found, '/a/shop/.git/worktrees/task-001', false)],
      moved(found, true),
    ],
    [
      'may be two when the other one’s repository was never where this one was',
      undefined,
      [named(found, '/a/cafe/.git/worktrees/task-001', false)],
      moved(found, false),
    ],
    ['are parted when nothing is found', undefined, [], {state: 'missing'}],
    [
      'are parted when only a worktree of another repository is found',
      undefined,
      [named(found, '/a/shop/.git/worktrees/task-001', true)],
      {state: 'missing'},
    ],
  ]
  for (const [what, at, elsewhere, standing] of TABLE) {
    it(what, () => expect(standingOf(link, at, elsewhere, root => `${root}-worktrees`)).to.deep.equal(standing))
  }
})

describe('the places of worktrees', () => {
  it('tell their repository by their name', () => {
    expect(repositoryBeside('/a/shop-worktrees')).to.equal('/a/shop')
    for (const folder of ['/a/shop', '/a/-worktrees', '/a/shop-worktrees/x']) {
      expect(repositoryBeside(folder), folder).to.equal(undefined)
    }
  })

  it('are one where some file system could not tell them apart (F-089)', () => {
    expect(isSamePlace('/a/Stra\u00dfe', '/a/stra\u00dfe')).to.equal(true)
    expect(isSamePlace('/a/caf\u00c9', '/a/cafe\u0301')).to.equal(true)
    expect(isSamePlace('/a/task-001', '/a/task-010')).to.equal(false)
  })

  it('and branches of two tasks stay two on any file system, whatever their titles (F-089)', () => {
    const titles = ['Café', 'CAFE\u0301', 'cafe', 'İ', 'ﬁx', '.lock', '']
    const names = titles.map((title, index) => branchName(aTask({id: `TASK-00${index + 1}`, title})))
    for (const name of names) expect(name).to.match(/^codex\/task-00\d(-[a-z0-9]+)*$/)
    expect(new Set(names.map(name => name.normalize('NFC').toLowerCase())).size).to.equal(titles.length)
  })
})
