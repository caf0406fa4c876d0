import assert from 'node:assert/strict'

import type {WorkerPolicy} from '../worker-policy.ts'
import {clocksUsedBy} from './clock-watch.ts'
import {type Facts, someFacts} from './policy-facts.ts'

export interface PolicyClaim {
  title: string
  holds: (policy: WorkerPolicy) => void
}

export const POLICY_CLAIMS: readonly PolicyClaim[] = [
  {title: 'speaks version 1 of the contract, under a name of its own', holds: introducesItself},
  {
    title: 'answers at once, whatever the machine cannot tell, for workers and heavy commands alike',
    holds: answersAtOnce,
  },
  {title: 'gives a verdict, and with a refusal a sentence and a time to ask again', holds: givesVerdicts},
  {title: 'gives the same verdict for the same facts', holds: isSteady},
  {title: 'decides without a clock and without chance', holds: needsNoClock},
  {title: 'changes nothing of what it is asked about', holds: changesNothing},
]

function introducesItself({api, name}: WorkerPolicy): void {
  assert.equal(api, 1, 'the version of the contract')
  assert.match(name, /^[a-z][a-z0-9-]{0,31}$/, 'its name')
}

function answersAtOnce(policy: WorkerPolicy): void {
  for (const facts of someFacts()) {
    const verdict: unknown = policy.admit(...facts)
    assert.ok(!isThenable(verdict), `a verdict, not a promise of one, on ${shown(facts)}`)
  }
}

/** A promise that nobody waits for must not end the run of the tests either. */
function isThenable(answer: unknown): boolean {
  if (answer instanceof Promise) answer.catch(() => undefined)
  return typeof answer === 'object' && answer !== null && 'then' in answer
}

function givesVerdicts(policy: WorkerPolicy): void {
  for (const facts of someFacts()) {
    const verdict: unknown = policy.admit(...facts)
    const on = `on ${shown(facts)}`
    assert.ok(typeof verdict === 'object' && verdict !== null && 'allowed' in verdict, `a verdict ${on}`)
    if (verdict.allowed === true) continue
    assert.equal(verdict.allowed, false, `allowed is true or false ${on}`)
    const {reason, retryAfterSeconds} = {reason: undefined, retryAfterSeconds: undefined, ...verdict}
    assert.ok(typeof reason === 'string', `a reason ${on}`)
    assert.match(reason, /^[^\p{Cc}\u2028\u2029]{1,1000}$/u, `a reason of one line ${on}`)
    assert.match(reason, /\S\.$/, `a reason that ends with a full stop ${on}`)
    assert.ok(
      Number.isSafeInteger(retryAfterSeconds) && Number(retryAfterSeconds) > 0,
      `a whole number of seconds above 0 ${on}`,
    )
  }
}

/** Asked again in another order, since what it was asked before must not count. */
function isSteady(policy: WorkerPolicy): void {
  const facts = someFacts()
  const first = facts.map(each => policy.admit(...each))
  const again = facts.toReversed().map(each => policy.admit(...each))
  assert.deepEqual(again.toReversed(), first, 'the same verdicts when asked again')
}

function needsNoClock(policy: WorkerPolicy): void {
  const used = clocksUsedBy(() => {
    for (const facts of someFacts()) policy.admit(...facts)
  })
  assert.deepEqual(used, [], 'no clock and no chance')
}

function changesNothing(policy: WorkerPolicy): void {
  for (const facts of someFacts()) {
    const given = structuredClone(facts)
    policy.admit(...given)
    assert.deepEqual(given, facts, `the facts as they were on ${shown(facts)}`)
  }
}

function shown(facts: Facts): string {
  const text = JSON.stringify(facts)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
