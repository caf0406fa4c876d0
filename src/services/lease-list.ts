import {expiresIn, type Lease, type LeaseKey, type Registry, type Ticket} from '../domain/lease.ts'
import type {LeaseFacts} from '../domain/lease-end.ts'
import {expectedWaits} from '../domain/lease-wait.ts'
import type {ProcessValue} from '../domain/status.ts'
import {jsonBytes} from '../domain/text.ts'
import type {Host} from './host.ts'
import {currentLeases} from './lease-facts.ts'
import {foreignCursor} from './tasks.ts'

/** A lease as it is told: clock readings and process numbers are for the file alone. */
export interface LeaseView extends LeaseKey {
  id: string
  taken_at: string
  renewed_at: string
  ttl_seconds: number
  expires_in_seconds: number
  /** Whose end ends it as well: a session's, a command's, or nobody's. */
  holder: 'session' | 'command' | 'none'
  /** Of the holder. */
  process: ProcessValue
}

export interface WaitingView extends LeaseKey {
  id: string
  queue_position: number
  queued_at: string
  /** Until its turn. An estimate; null when nothing is known. */
  expected_wait_seconds: number | null
  retry_after_seconds: number
}

export interface Leases {
  leases: LeaseView[]
  queue: WaitingView[]
  next_cursor: string | null
}

export interface LeaseQuery {
  limit?: number | undefined
  /** Of the serialized answer; null for no bound. */
  maxBytes: number | null
  cursor?: string | undefined
}

/** Who holds, oldest first, and who waits, in order. @throws PlannerError CURSOR_INVALID */
export async function listLeases(host: Host, query: LeaseQuery): Promise<Leases> {
  const {registry, facts} = await currentLeases(host)
  const all = leaseViews(registry, facts)
  const at = query.cursor === undefined ? -1 : all.findIndex(({id}) => id === query.cursor)
  if (query.cursor !== undefined && at < 0) throw foreignCursor('list-leases')
  const rest = all.slice(at + 1)
  const page = fitting(rest.slice(0, query.limit), query.maxBytes)
  return {...apart(page), next_cursor: rest.length > page.length ? (page.at(-1)?.id ?? null) : null}
}

/** The first of them, as far as they fit; maybe none. */
export function firstLeases(
  registry: Registry,
  facts: LeaseFacts,
  {limit, maxBytes}: {limit: number; maxBytes: number | null},
): Pick<Leases, 'leases' | 'queue'> {
  const first = leaseViews(registry, facts).slice(0, limit)
  return apart(first.slice(0, countThatFits(first, maxBytes)))
}

function leaseViews(registry: Registry, facts: LeaseFacts): (LeaseView | WaitingView)[] {
  const waits = expectedWaits(registry, facts)
  return [
    ...registry.leases.map(lease => leaseView(lease, facts)),
    ...registry.queue.map((ticket, index) => waitingView(ticket, index, waits[index] ?? null)),
  ]
}

function apart(entries: readonly (LeaseView | WaitingView)[]): Pick<Leases, 'leases' | 'queue'> {
  return {leases: entries.filter(entry => !isWaiting(entry)) as LeaseView[], queue: entries.filter(isWaiting)}
}

function isWaiting(entry: LeaseView | WaitingView): entry is WaitingView {
  return 'queue_position' in entry
}

/** Room for the cursor and the names of the lists. */
const ENVELOPE_BYTES = 100

/** At least one, so that every page leads on to the next. */
function fitting<Entry>(entries: readonly Entry[], maxBytes: number | null): Entry[] {
  return entries.slice(0, Math.max(1, countThatFits(entries, maxBytes)))
}

function countThatFits(entries: readonly unknown[], maxBytes: number | null): number {
  let left = maxBytes === null ? Infinity : maxBytes - ENVELOPE_BYTES
  const over = entries.findIndex(entry => {
    left -= jsonBytes(entry) + 1
    return left < 0
  })
  return over < 0 ? entries.length : over
}

export function leaseView(lease: Lease, {now, holders}: Pick<LeaseFacts, 'now' | 'holders'>): LeaseView {
  const {id, project, session, purpose, taken_at, renewed_at, ttl_seconds, holder} = lease
  return {
    id,
    project,
    session,
    purpose,
    taken_at,
    renewed_at,
    ttl_seconds,
    expires_in_seconds: Math.ceil(expiresIn(lease, now.clock)),
    holder: holder?.kind ?? 'none',
    process: holder === null ? 'unknown' : (holders.get(holder) ?? 'unknown'),
  }
}

function waitingView(
  {id, project, session, purpose, queued_at, retry_after_seconds}: Ticket,
  index: number,
  expected_wait_seconds: number | null,
): WaitingView {
  return {
    id,
    queue_position: index + 1,
    project,
    session,
    purpose,
    queued_at,
    expected_wait_seconds,
    retry_after_seconds,
  }
}
