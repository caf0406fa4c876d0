import type {Refusal} from './admission.ts'
import {PlannerError} from './errors.ts'
import {
  type ChildMark,
  type EndedLease,
  type Holder,
  type Lease,
  type LeaseKey,
  type Moment,
  type Registry,
  type Ticket,
} from './lease.ts'
import {endedLease, remember} from './lease-end.ts'
import {expectedWaits} from './lease-wait.ts'

export interface LeaseRequest extends LeaseKey {
  holder: Holder | null
  ttlSeconds: number
  /** For a lease or place that is new. */
  newId: string
}

export type LeaseAnswer =
  | {granted: true; lease: Lease}
  | {
      granted: false
      queue_position: number
      retry_after_seconds: number
      /** An estimate; null when nothing is known. */
      expected_wait_seconds: number | null
      reason: string
    }

/** Requests that may wait at once. */
const MAX_WAITING = 200

/**
 * Asks for a lease, on a registry that was swept. First come, first served: a request is granted when fewer wait before it than places are
 * free. Asking again renews the lease, or keeps the place. @throws PlannerError LEASE_QUEUE_FULL
 */
export function askForLease(
  registry: Registry,
  request: LeaseRequest,
  {now, ...state}: {now: Moment} & HostState,
): readonly [Registry, LeaseAnswer] {
  const held = registry.leases.find(lease => isSameAsk(lease, request))
  if (held) return renewed(registry, held, now, request)
  const known = registry.queue.findIndex(ticket => isSameAsk(ticket, request))
  const before = known < 0 ? registry.queue.length : known
  const refusal = whyNot(registry, before, state)
  return refusal
    ? queued(registry, request, known, refusal, {now, limit: state.limit})
    : grant(registry, request, registry.queue[known], now)
}

export interface HostState {
  /** Heavy commands at once. */
  limit: number
  /** Why the machine is too busy for a heavy command now. */
  pressure: Refusal | null
}

/** Why a request with so many before it is not granted; null when it is. */
export function whyNot({leases}: Registry, before: number, {limit, pressure}: HostState): Refusal | null {
  const free = limit - leases.length
  return before < free ? pressure : budget(limit, free, before)
}

/**
 * Commands are told apart by their process as well: two of the same session and purpose are two, and the second one has to wait like any
 * other.
 */
export function isSameAsk(entry: LeaseKey & {holder: Holder | null}, request: LeaseRequest): boolean {
  const same =
    entry.project === request.project && entry.session === request.session && entry.purpose === request.purpose
  return same && commandOf(entry.holder) === commandOf(request.holder)
}

function commandOf(holder: Holder | null): string {
  return holder?.kind === 'command' ? `${holder.pidns} ${holder.pid} ${holder.started}` : ''
}

function renewed(
  registry: Registry,
  held: Lease,
  now: Moment,
  {holder, ttlSeconds}: Pick<LeaseRequest, 'holder' | 'ttlSeconds'>,
): readonly [Registry, LeaseAnswer] {
  const lease = {
    ...held,
    renewed_at: now.at,
    renewed_clock: now.clock,
    ttl_seconds: ttlSeconds,
    holder: held.holder?.kind === 'command' ? held.holder : holder,
  }
  return [withLease(registry, lease), {granted: true, lease}]
}

function withLease(registry: Registry, lease: Lease): Registry {
  return {...registry, leases: registry.leases.map(other => (other.id === lease.id ? lease : other))}
}

function grant(
  registry: Registry,
  {project, session, purpose, holder, ttlSeconds, newId}: LeaseRequest,
  ticket: Ticket | undefined,
  now: Moment,
): readonly [Registry, LeaseAnswer] {
  const lease: Lease = {
    id: ticket?.id ?? newId,
    project,
    session,
    purpose,
    taken_at: now.at,
    renewed_at: now.at,
    renewed_clock: now.clock,
    ttl_seconds: ttlSeconds,
    holder,
  }
  const queue = registry.queue.filter(other => other !== ticket)
  return [
    {...registry, queue, leases: [...registry.leases, lease]},
    {granted: true, lease},
  ]
}

function queued(
  registry: Registry,
  {project, session, purpose, holder, newId}: LeaseRequest,
  known: number,
  {reason, retryAfterSeconds}: Refusal,
  {now, limit}: {now: Moment; limit: number},
): readonly [Registry, LeaseAnswer] {
  if (known < 0 && registry.queue.length >= MAX_WAITING) {
    throw new PlannerError('LEASE_QUEUE_FULL', `${MAX_WAITING} requests wait for heavy leases already.`, [
      'codex-planner list-leases',
    ])
  }
  const old = registry.queue[known]
  const retry_after_seconds = Math.min(Math.max(1, Math.ceil(retryAfterSeconds)), MAX_RETRY)
  const ticket: Ticket = {
    id: old?.id ?? newId,
    project,
    session,
    purpose,
    queued_at: old?.queued_at ?? now.at,
    asked_at: now.at,
    asked_clock: now.clock,
    retry_after_seconds,
    holder,
  }
  const queue = old ? registry.queue.with(known, ticket) : [...registry.queue, ticket]
  const queue_position = queue.indexOf(ticket) + 1
  const wait = expectedWaits({...registry, queue}, {now, limit})[queue_position - 1]
  return [
    {...registry, queue},
    {granted: false, queue_position, retry_after_seconds, expected_wait_seconds: wait ?? null, reason},
  ]
}

const FIRST_RETRY = 30
const FURTHER_RETRY = 15
const LAST_RETRY = 120
/** What a policy can ask for at most. */
const MAX_RETRY = 600

function budget(limit: number, free: number, before: number): Refusal {
  return {
    reason: `${places(limit, free)}${before === 0 ? '' : others(before, free > 0 ? 'but' : 'and')}.`,
    retryAfterSeconds: Math.min(FIRST_RETRY + FURTHER_RETRY * before, LAST_RETRY),
  }
}

function places(limit: number, free: number): string {
  if (free > 0) return free === 1 ? 'A heavy lease is free' : `${free} heavy leases are free`
  return limit === 1 ? 'The one heavy lease of this host is held' : `All ${limit} heavy leases of this host are held`
}

function others(before: number, word: string): string {
  return `, ${word} ${before === 1 ? 'one request' : `${before} requests`} came first`
}

/** What stands about an id: a lease that holds, one that has ended, or nothing that is remembered. */
export function findLease(registry: Registry, id: string): Lease | EndedLease | undefined {
  return registry.leases.find(lease => lease.id === id) ?? registry.ended.findLast(lease => lease.id === id)
}

export function isHeld(lease: Lease | EndedLease | undefined): lease is Lease {
  return lease !== undefined && 'ttl_seconds' in lease
}

/** Gives a lease back. One that has ended stays as it ended. */
export function releaseLease(registry: Registry, id: string, now: Moment): Registry {
  const lease = registry.leases.find(lease => lease.id === id)
  if (!lease) return registry
  const left = registry.leases.filter(other => other !== lease)
  return remember({...registry, leases: left}, [endedLease(lease, 'released', now)])
}

/**
 * Notes that the command of a lease runs, which renews it. A lease that somebody ended stays ended; one of which the registry knows nothing
 * any more is there again, for its command runs all the same.
 */
export function keepCommand(registry: Registry, lease: Lease, child: ChildMark, now: Moment): Registry {
  if (lease.holder?.kind !== 'command') throw new TypeError(`${lease.id} is held by no command`)
  const kept: Lease = {...lease, renewed_at: now.at, renewed_clock: now.clock, holder: {...lease.holder, child}}
  const found = findLease(registry, lease.id)
  if (isHeld(found)) return withLease(registry, kept)
  return found ? registry : {...registry, leases: [...registry.leases, kept]}
}

/** Gives up a place in the queue. */
export function leaveQueue(registry: Registry, request: LeaseRequest): Registry {
  const queue = registry.queue.filter(ticket => !isSameAsk(ticket, request))
  return queue.length === registry.queue.length ? registry : {...registry, queue}
}
