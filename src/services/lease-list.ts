import {expiresIn, type Lease, type LeaseKey, type Ticket} from '../domain/lease.ts'
import type {LeaseFacts} from '../domain/lease-end.ts'
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
  const all = [
    ...registry.leases.map(lease => leaseView(lease, facts)),
    ...registry.queue.map((ticket, index) => waitingView(ticket, index)),
  ]
  const at = query.cursor === undefined ? -1 : all.findIndex(({id}) => id === query.cursor)
  if (query.cursor !== undefined && at < 0) throw foreignCursor('list-leases')
  const rest = all.slice(at + 1)
  const page = fitting(rest.slice(0, query.limit), query.maxBytes)
  return {
    leases: page.filter(entry => !isWaiting(entry)) as LeaseView[],
    queue: page.filter(isWaiting),
    next_cursor: rest.length > page.length ? (page.at(-1)?.id ?? null) : null,
  }
}

function isWaiting(entry: LeaseView | WaitingView): entry is WaitingView {
  return 'queue_position' in entry
}

/** Room for the cursor and the names of the lists. */
const ENVELOPE_BYTES = 100

function fitting<Entry>(entries: readonly Entry[], maxBytes: number | null): Entry[] {
  let left = maxBytes === null ? Infinity : maxBytes - ENVELOPE_BYTES
  const over = entries.findIndex(entry => {
    left -= jsonBytes(entry) + 1
    return left < 0
  })
  return over < 0 ? [...entries] : entries.slice(0, Math.max(1, over))
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
): WaitingView {
  return {id, queue_position: index + 1, project, session, purpose, queued_at, retry_after_seconds}
}
