import {expect} from 'chai'

import {isOld, madeFor, neededBy} from '../../src/domain/removal.ts'
import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {aBoard, aTask, aWorker} from './examples.ts'

describe("git's reason for a lock", () => {
  const TABLE: [locked: string | null, task: string | undefined][] = [
    [null, undefined],
    ['', undefined],
    ['initializing', undefined],
    ['codex-planner TASK-001', 'TASK-001'],
    ['codex-planner TASK-001\n', undefined],
    ['codex-planner TASK-001 x', undefined],
    ['codex-planner task-001', undefined],
    ['on a stick; codex-planner TASK-001', undefined],
  ]
  for (const [locked, task] of TABLE) {
    it(`${JSON.stringify(locked)} is ${task === undefined ? 'none of ours' : `for ${task}`}`, () => {
      expect(madeFor(locked)).to.equal(task)
    })
  }
})

describe('what has been in the trash', () => {
  const NOW = '2026-01-31T12:00:00.000Z'
  const TABLE: [movedAt: string, old: boolean][] = [
    ['2026-01-17T11:59:59.999Z', true],
    ['2026-01-17T12:00:00.000Z', false],
    ['2026-02-20T12:00:00.000Z', false],
    ['some day', false],
  ]
  for (const [movedAt, old] of TABLE) {
    it(`since ${movedAt} is ${old ? 'old' : 'not old'}`, () => {
      expect(isOld(movedAt, NOW)).to.equal(old)
    })
  }
})

describe('the worktree of a task', () => {
  const AT = '/srv/shop-worktrees/task-001'
  const done = aTask({status: 'done', worktree: AT})
  const closed = aWorker({status: 'closed', worktree: AT})
  const TABLE: [what: string, tasks: Task[], sessions: Session[], says: string | undefined][] = [
    ['that is done, with a closed session', [done], [closed], undefined],
    ['that is cancelled and never began', [{...done, status: 'cancelled'}], [], undefined],
    [
      'that waits for review',
      [{...done, status: 'review_ready'}],
      [closed],
      'TASK-001 is review_ready; only what is done or cancelled is cleaned up.',
    ],
    ['whose session runs', [done], [aWorker({status: 'running', worktree: AT})], 'worker-task-001 is running.'],
    [
      'whose session runs elsewhere',
      [done],
      [aWorker({status: 'running', worktree: '/srv/other'})],
      'worker-task-001 is running.',
    ],
    [
      "in which another task's session runs",
      [done],
      [closed, aWorker({name: 'worker-task-002', status: 'starting', worktree: AT})],
      'worker-task-002 is starting.',
    ],
    [
      'that another task has too',
      [done, aTask({id: 'TASK-002', status: 'blocked', worktree: AT})],
      [closed],
      'TASK-002 works there too.',
    ],
    [
      'whose session is suspended',
      [done],
      [closed, aWorker({status: 'suspended', worktree: AT})],
      'worker-task-001 is suspended and comes back there; close it first.',
    ],
    ['whose session was suspended once', [done], [aWorker({status: 'suspended', worktree: AT}), closed], undefined],
  ]
  for (const [what, tasks, sessions, says] of TABLE) {
    it(`${what} is ${says === undefined ? 'not needed' : 'needed'}`, () => {
      const [task = done] = tasks
      expect(neededBy(aBoard({tasks, sessions}), task, AT)).to.equal(says)
    })
  }
})
