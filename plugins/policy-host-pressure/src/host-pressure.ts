import type {HostLoad, Thresholds, WorkerPolicy} from '@codex-planner/plugin-api'

/** A one-minute average has halved by then, when what caused it has ended. */
const RETRY_AFTER_SECONDS = 45

/** Has work wait while the machine is at a limit that its person set. */
export const hostPressure: WorkerPolicy = {
  name: 'host-pressure',
  api: 1,
  admit(_request, load, thresholds) {
    const reasons = [tooBusy(load, thresholds), tooLittleMemory(load, thresholds)].filter(
      reason => reason !== undefined,
    )
    if (reasons.length === 0) return {allowed: true}
    return {allowed: false, reason: reasons.join(' '), retryAfterSeconds: RETRY_AFTER_SECONDS}
  },
}

function tooBusy({loadAverage1: measured}: HostLoad, {maxLoadAverage1: limit}: Thresholds): string | undefined {
  if (measured === undefined || limit === undefined || !(measured >= limit)) return undefined
  return `The load average over one minute is ${measured.toFixed(2)}; the limit is ${asSet(limit)}.`
}

function tooLittleMemory(
  {memoryAvailableGb: measured}: HostLoad,
  {minMemoryAvailableGb: minimum}: Thresholds,
): string | undefined {
  if (measured === undefined || minimum === undefined || !(measured < minimum)) return undefined
  // Never rounded up to the minimum it is below.
  const shown = (Math.floor(measured * 100) / 100).toFixed(2)
  return `The memory available to programs is ${shown} GiB; the minimum is ${asSet(minimum)} GiB.`
}

/** With two digits, or with all that the person wrote. */
function asSet(limit: number): string {
  const short = limit.toFixed(2)
  return Number(short) === limit ? short : String(limit)
}
