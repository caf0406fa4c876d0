import type {WorkerPolicy} from '../worker-policy.ts'
import {POLICY_CLAIMS} from './policy-claims.ts'

/**
 * The tests that every worker policy passes, for mocha. What it decides is its own affair: these tests hold for any policy.
 *
 * @param make the policy as its hook gives it, anew for each test
 */
export function describeWorkerPolicy(name: string, make: () => WorkerPolicy | Promise<WorkerPolicy>): void {
  describe(`${name} as a worker policy`, () => {
    for (const {title, holds} of POLICY_CLAIMS) {
      it(title, async () => holds(await make()))
    }
  })
}
