import assert from 'node:assert/strict'

import type {Verdict, WorkerPolicy} from '@codex-planner/plugin-api'
import {describeWorkerPolicy} from '@codex-planner/plugin-api/testing'

import {POLICY_CLAIMS} from '../src/testing/policy-claims.ts'

/** A sound policy that is about something else than load: it says no half of the time. */
const sound: WorkerPolicy = {
  name: 'one-at-a-time',
  api: 1,
  admit: ({active}) =>
    active.length === 0
      ? {allowed: true}
      : {allowed: false, reason: 'Somebody else is at work.', retryAfterSeconds: 60},
}

const refusing = (refusal: object): Partial<WorkerPolicy> => ({
  admit: () => ({allowed: false, reason: 'Not today.', retryAfterSeconds: 60, ...refusal}),
})

const answering = (answer: unknown): Partial<WorkerPolicy> => ({admit: () => answer as Verdict})

const INTRODUCTION = 'speaks version 1 of the contract, under a name of its own'
const AT_ONCE = 'answers at once, whatever the machine cannot tell, for workers and heavy commands alike'
const VERDICT = 'gives a verdict, and with a refusal a sentence and a time to ask again'
const STEADY = 'gives the same verdict for the same facts'
const CLOCK = 'decides without a clock and without chance'
const UNCHANGED = 'changes nothing of what it is asked about'

/** A policy with one fault, and the claim that finds it. */
const FAULTS: readonly [fault: string, claim: string, complaint: RegExp, make: () => Partial<WorkerPolicy>][] = [
  ['speaks another version', INTRODUCTION, /version of the contract/, () => ({api: 2}) as never],
  ['has no name', INTRODUCTION, /name/, () => ({name: undefined})],
  ['has a name with blanks', INTRODUCTION, /name/, () => ({name: 'Host Pressure'})],
  ['has a name that is too long', INTRODUCTION, /name/, () => ({name: 'x'.repeat(33)})],
  ['promises a verdict', AT_ONCE, /not a promise/, () => answering(Promise.resolve({allowed: true}))],
  ['promises and fails', AT_ONCE, /not a promise/, () => ({admit: (async () => assert.fail('later')) as never})],
  [
    'needs a load average',
    AT_ONCE,
    /undefined/,
    () => ({admit: (_, {loadAverage1}) => (loadAverage1!.toFixed() === '0' ? {allowed: true} : {allowed: true})}),
  ],
  [
    'needs thresholds',
    AT_ONCE,
    /undefined/,
    () => ({admit: (_, __, {minMemoryAvailableGb}) => ({allowed: minMemoryAvailableGb!.toFixed() !== ''}) as Verdict}),
  ],
  ['needs a task', AT_ONCE, /null/, () => ({admit: ({taskId}) => ({allowed: taskId!.length > 0}) as Verdict})],
  [
    'takes a scope for a pattern',
    AT_ONCE,
    /regular expression/,
    () => ({admit: ({writeScope}) => ({allowed: writeScope.map(scope => new RegExp(scope)).length >= 0}) as Verdict}),
  ],
  ['answers nothing', VERDICT, /a verdict/, () => answering(undefined)],
  ['answers yes as a word', VERDICT, /a verdict/, () => answering('yes')],
  ['answers yes as a number', VERDICT, /true or false/, () => answering({allowed: 1})],
  ['gives no reason', VERDICT, /a reason/, () => refusing({reason: undefined})],
  ['gives an empty reason', VERDICT, /one line/, () => refusing({reason: ''})],
  ['gives a reason of two lines', VERDICT, /one line/, () => refusing({reason: 'Not\ntoday.'})],
  ['gives a reason without an end', VERDICT, /full stop/, () => refusing({reason: 'Not today'})],
  ['gives a reason without an end of its own', VERDICT, /full stop/, () => refusing({reason: '.'})],
  ...[undefined, 0, -1, 1.5, Number.NaN, Infinity, '60'].map((retryAfterSeconds): (typeof FAULTS)[number] => [
    `has one ask again after ${String(retryAfterSeconds)} seconds`,
    VERDICT,
    /whole number of seconds/,
    () => refusing({retryAfterSeconds}),
  ]),
  [
    'gives way when asked often',
    STEADY,
    /the same verdicts/,
    () => {
      let asked = 0
      return {admit: () => (asked++ < 10 ? sound.admit(...BUSY) : {allowed: true})}
    },
  ],
  ['looks at the clock', CLOCK, /Date\.now/, () => ({admit: () => ({allowed: Date.now() > 0}) as Verdict})],
  ['makes a date of now', CLOCK, /Date/, () => ({admit: () => ({allowed: new Date().getTime() > 0}) as Verdict})],
  ['rolls a die', CLOCK, /Math\.random/, () => ({admit: () => ({allowed: Math.random() < 2}) as Verdict})],
  ['measures time', CLOCK, /performance\.now/, () => ({admit: () => ({allowed: performance.now() >= 0}) as Verdict})],
  [
    'sorts the list it is given',
    UNCHANGED,
    /as they were/,
    () => ({
      admit(request) {
        ;(request.writeScope as string[]).sort()
        return {allowed: true}
      },
    }),
  ],
  [
    'keeps a note in the load',
    UNCHANGED,
    /as they were/,
    () => ({
      admit(_, load) {
        load.memoryAvailableGb = 7
        return {allowed: true}
      },
    }),
  ],
]

const BUSY: Parameters<WorkerPolicy['admit']> = [
  {kind: 'worker', taskId: 'TASK-001', writeScope: [], active: [{taskId: 'TASK-002', writeScope: []}]},
  {cpuCount: 1},
  {},
]

describeWorkerPolicy('a sound policy', () => sound)

describe('the tests of a worker policy', () => {
  for (const [fault, claim, complaint, make] of FAULTS) {
    it(`find one that ${fault}: “${claim}”`, () => {
      const found = POLICY_CLAIMS.find(({title}) => title === claim)
      assert.ok(found)
      assert.throws(
        () => found.holds({...sound, ...make()}),
        error => complaint.test(String(error)) || assert.fail(String(error)),
      )
    })
  }

  it('leave the clocks as they were', () => {
    const before = [Date, Date.now, Math.random, process.hrtime]
    for (const {holds} of POLICY_CLAIMS) holds(sound)
    assert.deepEqual([Date, Date.now, Math.random, process.hrtime], before)
    assert.ok(new Date().getTime() <= Date.now())
  })
})
