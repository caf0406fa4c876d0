import {custom} from '@oclif/core/args'

import {requireLeaseId} from './domain/lease.ts'
import {requireSessionName} from './domain/session.ts'
import {requireSnapshotId} from './domain/snapshot.ts'
import {requireTaskId} from './domain/task.ts'

// Without ignoreStdin, a missing argument makes oclif read and close standard input, which ends a tool server.

export const taskId = custom({
  ignoreStdin: true,
  description: 'The task, for example TASK-001.',
  parse: async input => requireTaskId(input),
})

export const sessionName = custom({
  ignoreStdin: true,
  description: 'The session, for example planner or worker-task-001.',
  parse: async input => requireSessionName(input),
})

export const leaseId = custom({
  ignoreStdin: true,
  description: 'The lease, for example HEAVY-1234abcd.',
  parse: async input => requireLeaseId(input),
})

export const snapshotId = custom({
  ignoreStdin: true,
  description: 'The snapshot, for example worker-task-001/20260131T120000-000Z.',
  parse: async input => requireSnapshotId(input),
})
