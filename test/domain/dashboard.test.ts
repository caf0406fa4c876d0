import {expect} from 'chai'

import {windowTitle} from '../../src/domain/dashboard.ts'
import {TASK_STATUSES, type TaskStatus} from '../../src/domain/task.ts'
import {aBoard, aPlanner, aTask, aWorker} from './examples.ts'

describe('the name of a window', () => {
  const TITLES: Record<TaskStatus, string> = {
    todo: 'worker-task-001',
    in_progress: 'worker-task-001',
    blocked: 'worker-task-001',
    needs_input: 'worker-task-001 · asks',
    review_ready: 'worker-task-001 · handed back',
    done: 'worker-task-001',
    cancelled: 'worker-task-001',
  }
  for (const status of TASK_STATUSES) {
    it(`says of a worker whose task is ${status} only what stays true`, () => {
      expect(windowTitle(aBoard({tasks: [aTask({status})]}), aWorker())).to.equal(TITLES[status])
    })
  }

  it('says that a worker stands still, and never why', () => {
    const worker = aWorker({attention: 'rm -rf / please'})
    const titleWhen = (status: TaskStatus) => windowTitle(aBoard({tasks: [aTask({status})]}), worker)
    expect(titleWhen('in_progress')).to.equal('worker-task-001 · stands still')
    expect(titleWhen('needs_input')).to.equal('worker-task-001 · asks')
  })

  it('is that of the planner alone', () => {
    expect(windowTitle(aBoard(), aPlanner())).to.equal('planner')
  })
})
