import type {EndedLease, EndReason, Holder, Lease, Moment, Registry, Ticket} from './lease.ts'
import type {ProcessValue} from './status.ts'

/** What is known at the moment of a decision. */
export interface LeaseFacts {
  now: Moment
  limit: number
  /** What was found out about the holders; one that is missing is unknown. */
  holders: ReadonlyMap<Holder, ProcessValue>
}

export interface Swept {
  registry: Registry
  /** What ended just now. */
  ended: EndedLease[]
  /** Who lost its place in the queue just now. */
  dropped: Ticket[]
}

/** Ended leases that are remembered. */
const REMEMBERED = 50

/** A head of the queue that was silent for so many times what it was told to wait has lost its turn. */
const SILENT_TIMES = 3

/** The registry without what is over: the one place where a lease ends without being released. */
export function sweep(registry: Registry, facts: LeaseFacts): Swept {
  const {now} = facts
  const sameBoot = registry.boot === now.boot
  const leases = registry.leases.map(lease => ({...lease, renewed_clock: Math.min(lease.renewed_clock, now.clock)}))
  const reasons = leases.map(lease => (sameBoot ? whyOver(lease, facts) : 'reboot'))
  const kept = leases.filter((_, index) => reasons[index] === null)
  const ended = leases.flatMap((lease, index) => {
    const reason = reasons[index]
    return reason == null ? [] : [endedLease(lease, reason, now)]
  })
  const waiting = sameBoot ? waitingTickets(registry.queue, facts, facts.limit - kept.length) : []
  const ids = new Set(waiting.map(({id}) => id))
  return {
    registry: remember({...registry, boot: now.boot, leases: kept, queue: waiting}, ended),
    ended,
    dropped: registry.queue.filter(({id}) => !ids.has(id)),
  }
}

export function endedLease(
  {id, project, session, purpose, taken_at}: Lease,
  reason: EndReason,
  {at}: Moment,
): EndedLease {
  return {id, project, session, purpose, taken_at, ended_at: at, reason}
}

export function remember(registry: Registry, ended: readonly EndedLease[]): Registry {
  return {...registry, ended: [...registry.ended, ...ended].slice(-REMEMBERED)}
}

/** Null while it holds. A command that is proven to run keeps its lease however long nobody renewed it. */
function whyOver(lease: Lease, {now, holders}: LeaseFacts): EndReason | null {
  const {holder} = lease
  const state = holder === null ? 'unknown' : (holders.get(holder) ?? 'unknown')
  if (holder && state === 'gone') return holder.kind === 'session' ? 'session_ended' : 'command_ended'
  if (holder?.kind === 'command' && state === 'alive') return null
  return now.clock - lease.renewed_clock >= lease.ttl_seconds ? 'expired' : null
}

function waitingTickets(queue: readonly Ticket[], {now, holders}: LeaseFacts, free: number): Ticket[] {
  const heads = Math.max(1, free)
  const kept: Ticket[] = []
  for (const ticket of queue) {
    if (ticket.holder && holders.get(ticket.holder) === 'gone') continue
    const asked_clock = Math.min(ticket.asked_clock, now.clock)
    const silent = now.clock - asked_clock > SILENT_TIMES * ticket.retry_after_seconds
    if (silent && kept.length < heads) continue
    kept.push({...ticket, asked_clock})
  }
  return kept
}
