import {expect} from 'chai'

import {
  isSnapshotId,
  newestFirst,
  noteOf,
  readSnapshot,
  snapshotId,
  snapshotMessage,
} from '../../src/domain/snapshot.ts'

const REF = 'refs/codex-planner/snapshots/worker-task-001/20260131T120000-250Z'

describe('a snapshot', () => {
  it('is called after its session and its moment', () => {
    expect(snapshotId('worker-task-001', '2026-01-31T12:00:00.250Z')).to.equal('worker-task-001/20260131T120000-250Z')
  })

  for (const id of [
    '',
    'worker-task-001',
    'worker-task-001/../x',
    'x/20260131T120000-250Z',
    `${REF}\n`,
    '-d',
    'planner/1',
  ])
    it(`is not called ${JSON.stringify(id)}`, () => {
      expect(isSnapshotId(id)).to.equal(false)
    })

  it('reads again what it said of itself', () => {
    const leftOut = [
      {path: 'build/\n', bytes: 7, why: 'ignored'} as const,
      {path: 'sub', bytes: null, why: 'submodule'} as const,
    ]
    const message = snapshotMessage('worker-task-001', 'hand-back', noteOf(2, 1, leftOut))
    expect(readSnapshot(REF, 'abc', message)).to.deep.equal({
      id: 'worker-task-001/20260131T120000-250Z',
      session: 'worker-task-001',
      task_id: 'TASK-001',
      taken_at: '2026-01-31T12:00:00.250Z',
      reason: 'hand-back',
      commit: 'abc',
      paths: 2,
      ignored: 1,
      left_out: {count: 2, bytes: 7, first: leftOut},
    })
  })

  for (const message of ['', 'x', 'Snapshot: {', 'Snapshot: null', 'Snapshot: {"paths":"2"}', 'Snapshot: [1]'])
    it(`says nothing where its message is ${message || 'empty'}`, () => {
      expect(readSnapshot(REF, 'abc', message))
        .to.include({reason: null})
        .and.not.to.have.property('paths')
    })

  it('is none where the ref is another', () => {
    expect(readSnapshot('refs/heads/worker-task-001/20260131T120000-250Z', 'abc', '')).to.equal(undefined)
    expect(readSnapshot('refs/codex-planner/snapshots/1', 'abc', '')).to.equal(undefined)
  })

  it('stands before the older ones, whatever its session', () => {
    const ids = [
      'worker-task-010/20260131T120000-000Z',
      'worker-task-002/20260131T120000-000Z',
      'planner/20260201T000000-000Z',
    ]
    expect(
      ids
        .map(id => ({id}))
        .toSorted(newestFirst)
        .map(({id}) => id),
    ).to.deep.equal([
      'planner/20260201T000000-000Z',
      'worker-task-002/20260131T120000-000Z',
      'worker-task-010/20260131T120000-000Z',
    ])
  })
})
