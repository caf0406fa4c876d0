import {expect} from 'chai'

import {intentName, intentOf, mayFinish, OPERATIONS, type Operation, STEPS} from '../../src/domain/intent.ts'
import type {Role} from '../../src/domain/role.ts'

const caller = (role: Role, session: string | null = null) => ({role, session, project: null})
const intent = (operation: Operation) =>
  intentOf({operation, session: 'worker-task-001', task_id: 'TASK-001', status: 'suspended'}, 'planner', 'now')

/** Who goes on with what another began. */
const FINISHED_BY: Record<Operation, Record<'operator' | 'planner' | 'own worker' | 'other worker', boolean>> = {
  init: {operator: true, planner: false, 'own worker': false, 'other worker': false},
  start: {operator: true, planner: true, 'own worker': false, 'other worker': false},
  end: {operator: true, planner: true, 'own worker': true, 'other worker': false},
  'end-team': {operator: true, planner: false, 'own worker': false, 'other worker': false},
  question: {operator: true, planner: true, 'own worker': true, 'other worker': false},
  'hand-back': {operator: true, planner: true, 'own worker': true, 'other worker': false},
  answer: {operator: true, planner: true, 'own worker': false, 'other worker': false},
  clean: {operator: false, planner: false, 'own worker': false, 'other worker': false},
}

describe('what a command began and did not end', () => {
  for (const operation of OPERATIONS) {
    it(`${intentName(intent(operation))} is gone on with by those who could have begun it`, () => {
      expect({
        operator: mayFinish(caller('operator'), intent(operation)),
        planner: mayFinish(caller('planner', 'planner'), intent(operation)),
        'own worker': mayFinish(caller('worker', 'worker-task-001'), intent(operation)),
        'other worker': mayFinish(caller('worker', 'worker-task-002'), intent(operation)),
      }).to.deep.equal(FINISHED_BY[operation])
      expect(mayFinish(caller('observer'), intent(operation))).to.equal(false)
    })
  }

  it('has its steps on record, each once', () => {
    for (const operation of OPERATIONS) {
      expect(intent(operation).steps).to.deep.equal(STEPS[operation])
      expect(new Set(STEPS[operation]).size).to.equal(STEPS[operation].length)
    }
  })

  it('has a name that a person understands', () => {
    expect(OPERATIONS.map(operation => intentName(intent(operation)))).to.deep.equal([
      'the preparation of .codex/',
      'the start of worker-task-001',
      'the end of worker-task-001',
      'suspend',
      'the question of worker-task-001',
      'the hand-back of TASK-001',
      'the answer to TASK-001',
      'clean --apply',
    ])
  })
})
