import type {HostLoad, WorkRequest} from '@codex-planner/plugin-api'

import {type Refusal, readVerdict, thresholdsFor} from '../domain/admission.ts'
import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {probeLoad} from '../system/load-probe.ts'
import type {Host, InstalledPolicy} from './host.ts'

/** What one look at this machine and its policies allows. */
export interface HostAdmission {
  readonly load: HostLoad
  /** Policies that are installed and could not be asked: they refuse nothing. */
  readonly faults: readonly {plugin: string; reason: string}[]
  /** The first refusal; null when every policy admits this work. @throws PlannerError PLUGIN_FAILED */
  readonly judge: (request: WorkRequest) => Refusal | null
}

/** Looks once at the machine; the same look judges any number of requests. */
export async function hostAdmission(host: Host): Promise<HostAdmission> {
  const {found, faults} = await host.workerPolicies()
  const load = probeLoad()
  return {
    load,
    faults,
    judge: request => {
      const thresholds = thresholdsFor(request.kind, host.config)
      for (const installed of found) {
        // A copy for each: what a plugin does with it reaches neither the board nor the next policy.
        const verdict = ask(installed, structuredClone([request, load, thresholds]))
        if (!verdict.allowed) return {reason: verdict.reason, retryAfterSeconds: verdict.retryAfterSeconds}
      }
      return null
    },
  }
}

type Facts = Parameters<InstalledPolicy['policy']['admit']>

function ask({plugin, policy}: InstalledPolicy, facts: Facts) {
  const answer = answerOf(plugin, () => policy.admit(...facts))
  const verdict = readVerdict(answer)
  if (verdict) return verdict
  // It came too late to count; and nobody else would hear of it when it fails.
  if (answer instanceof Promise) answer.catch(() => undefined)
  throw failed(plugin, `it answered with ${answer instanceof Promise ? 'a promise' : 'something'} that is no verdict`)
}

function answerOf(plugin: string, admit: () => unknown): unknown {
  try {
    return admit()
  } catch (error) {
    throw failed(plugin, `it threw ${JSON.stringify(error instanceof Error ? error.message : String(error))}`, error)
  }
}

function failed(plugin: string, what: string, cause?: unknown): PlannerError {
  return new PlannerError(
    'PLUGIN_FAILED',
    `The worker policy of ${plugin} could not be asked, so nothing was started: ${what}.`,
    [pasteable(['codex-planner', 'plugins', 'uninstall', plugin])],
    {cause},
  )
}
