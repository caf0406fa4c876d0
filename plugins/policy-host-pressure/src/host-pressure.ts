import type {HostLoad, Thresholds, WorkerPolicy} from '@codex-planner/plugin-api'

/** A one-minute average has halved by then, when what caused it has ended. */
const AFTER_LOAD = 45
/** An average over ten seconds has sunk to a quarter by then. */
const AFTER_PRESSURE = 15

/** Has work wait while the machine is at a limit that its person set. */
export const hostPressure: WorkerPolicy = {
  name: 'host-pressure',
  api: 1,
  admit(_request, load, thresholds) {
    const slow = [tooBusy(load, thresholds), tooLittleMemory(load, thresholds)].filter(isReason)
    const quick = [stalledForProcessors(load, thresholds), stalledForMemory(load, thresholds)].filter(isReason)
    const reasons = [...slow, ...quick]
    if (reasons.length === 0) return {allowed: true}
    const retryAfterSeconds = slow.length > 0 ? AFTER_LOAD : AFTER_PRESSURE
    return {allowed: false, reason: reasons.join(' '), retryAfterSeconds}
  },
}

function isReason(reason: string | undefined): reason is string {
  return reason !== undefined
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

function stalledForProcessors({pressure}: HostLoad, {maxCpuPressure: limit}: Thresholds): string | undefined {
  const measured = pressure?.cpu?.someAverage10
  if (measured === undefined || limit === undefined || !(measured >= limit)) return undefined
  return `Some work waited for a processor ${measured.toFixed(2)} % of the last ten seconds; the limit is ${asSet(limit)} %.`
}

/** Only when all work stands still at once: some of it waits for memory on a healthy machine too, when files are read again. */
function stalledForMemory({pressure}: HostLoad, {maxMemoryPressure: limit}: Thresholds): string | undefined {
  const measured = pressure?.memory?.fullAverage10
  if (measured === undefined || limit === undefined || !(measured >= limit)) return undefined
  return `All work waited for memory ${measured.toFixed(2)} % of the last ten seconds; the limit is ${asSet(limit)} %.`
}

/** With two digits, or with all that the person wrote. */
function asSet(limit: number): string {
  const short = limit.toFixed(2)
  return Number(short) === limit ? short : String(limit)
}
