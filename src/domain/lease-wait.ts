import type {EndedLease, LeaseKey, Registry} from './lease.ts'
import type {LeaseFacts} from './lease-end.ts'

/**
 * Seconds until it is the turn of each place in the queue. An estimate: every command is taken to run as long as the ones before it did. Null
 * where nothing is known, and where a lease is free, for then the machine is waited for.
 */
export function expectedWaits(
  {leases, queue, ended}: Pick<Registry, 'leases' | 'queue' | 'ended'>,
  {now, limit}: Pick<LeaseFacts, 'now' | 'limit'>,
): (number | null)[] {
  if (leases.length < limit) return queue.map(() => null)
  const past = ended.flatMap(runOf)
  const left = leases.map(lease => expectedRest(past, lease, secondsBetween(lease.taken_at, now.at)))
  // Where the limit was lowered, the first to end make room for nobody.
  let free = left.toSorted(ascending).slice(leases.length - limit)
  return queue.map(ticket => {
    const [first = Infinity, ...others] = free
    free = [...others, first + expectedRest(past, ticket, 0)].toSorted(ascending)
    return Number.isFinite(first) ? Math.ceil(first) : null
  })
}

interface Run extends Pick<LeaseKey, 'project' | 'purpose'> {
  seconds: number
}

/** Of one that ended in another way nobody knows how long it would have run. */
function runOf({project, purpose, taken_at, ended_at, reason}: EndedLease): Run[] {
  return taken_at === undefined || reason !== 'released'
    ? []
    : [{project, purpose, seconds: secondsBetween(taken_at, ended_at)}]
}

/** Not below 0, whatever was done to the clock. */
function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

/**
 * Half of those that ran for longer were over after this many more seconds. Those of the same words in the same repository count before those
 * of the same words, and these before all. Infinity when none ran for longer.
 */
function expectedRest(past: readonly Run[], {project, purpose}: LeaseKey, elapsed: number): number {
  const longer = past.filter(({seconds}) => seconds > elapsed)
  const alike = longer.filter(run => run.purpose === purpose)
  const own = alike.filter(run => run.project === project)
  const nearest = [own, alike, longer].find(runs => runs.length > 0)
  return nearest ? median(nearest.map(({seconds}) => seconds)) - elapsed : Infinity
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted(ascending)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1)
  return (low + high) / 2
}

/** The difference of two that are infinite would be no number. */
function ascending(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1
}

/** For who waits; empty when nothing is known. */
export function waitSentence(seconds: number | null): string {
  return seconds === null
    ? ''
    : ` Its turn is expected in about ${roughTime(seconds)}, an estimate from how long commands took before.`
}

/** In words for a person: `40 s`, `4 min`, `2 h`. */
export function roughTime(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
