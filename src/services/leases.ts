import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'

import type {Refusal} from '../domain/admission.ts'
import {PlannerError} from '../domain/errors.ts'
import {
  type EndedLease,
  expiresIn,
  type Holder,
  heavyLimit,
  type Lease,
  type LeaseKey,
  type Moment,
  type Registry,
  type Ticket,
} from '../domain/lease.ts'
import {type LeaseFacts, sweep} from '../domain/lease-end.ts'
import {
  askForLease,
  findLease,
  isHeld,
  type LeaseAnswer,
  type LeaseRequest,
  releaseLease,
} from '../domain/lease-queue.ts'
import type {Caller} from '../domain/role.ts'
import type {ProcessValue} from '../domain/status.ts'
import {jsonBytes} from '../domain/text.ts'
import {type LeaseRegistry, openLeaseRegistry} from '../store/lease-registry.ts'
import {hostPaths} from '../store/paths.ts'
import {readMoment} from '../system/clock.ts'
import {probeLoad} from '../system/load-probe.ts'
import type {Host} from './host.ts'
import {hostAdmission} from './host-admission.ts'
import {holderStates, sessionHolder} from './lease-holders.ts'
import type {Project} from './project.ts'
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

export type Acquired = {granted: true; lease: LeaseView} | Extract<LeaseAnswer, {granted: false}>

export interface Leases {
  leases: LeaseView[]
  queue: WaitingView[]
  next_cursor: string | null
}

export function leaseRegistry(host: Host): LeaseRegistry {
  return openLeaseRegistry(hostPaths(host.env).leases)
}

export function limitOf({config}: Host): number {
  return heavyLimit(probeLoad().cpuCount, config.max_heavy_leases)
}

/** Everything that is known about a registry now. */
async function factsAbout(host: Host, registry: Registry): Promise<LeaseFacts> {
  return {now: readMoment(), limit: limitOf(host), holders: await holderStates(registry)}
}

/** What holds and waits at this moment, without writing that down. */
export async function currentLeases(host: Host): Promise<{registry: Registry; facts: LeaseFacts}> {
  const read = await leaseRegistry(host).read()
  const facts = await factsAbout(host, read)
  return {registry: sweep(read, facts).registry, facts}
}

/** Decides on a registry from which everything is gone that is over. */
export async function changeLeases<Value>(
  host: Host,
  decide: (registry: Registry, now: Moment) => readonly [Registry, Value],
): Promise<{value: Value; ended: EndedLease[]; dropped: Ticket[]}> {
  return leaseRegistry(host).change(async before => {
    const facts = await factsAbout(host, before)
    const {registry, ended, dropped} = sweep(before, facts)
    const [after, value] = decide(registry, facts.now)
    return [after, {value, ended, dropped}]
  })
}

/** One request, judged with the machine as it is now. */
export async function askOnce(project: Project, request: LeaseRequest): Promise<LeaseAnswer> {
  const {host} = project
  const pressure = await heavyPressure(host)
  const limit = limitOf(host)
  const {value, ended, dropped} = await changeLeases(host, (registry, now) =>
    askForLease(registry, request, {now, limit, pressure}),
  )
  for (const {id, project: root, session, purpose, reason} of ended)
    await note(project, 'lease-ended', {lease: id, project: root, session, purpose, reason})
  for (const {id, project: root, session, purpose} of dropped)
    await note(project, 'lease-turn-lost', {lease: id, project: root, session, purpose})
  return value
}

/** Leases need no team: a repository without one gets no log either. */
async function note(project: Project, event: string, details: Record<string, unknown>): Promise<void> {
  if (existsSync(project.paths.board.folder)) await project.trace(event, details)
}

export async function heavyPressure(host: Host): Promise<Refusal | null> {
  return (await hostAdmission(host)).judge({kind: 'heavy', taskId: null, writeScope: [], active: []})
}

export function newRequest(project: Project, key: Omit<LeaseKey, 'project'>, holder: Holder | null): LeaseRequest {
  return {
    project: project.root,
    ...key,
    holder,
    ttlSeconds: project.host.config.lease_ttl_seconds,
    newId: `HEAVY-${randomBytes(4).toString('hex')}`,
  }
}

/** @throws PlannerError NOT_OWNER, LEASE_QUEUE_FULL, LEASE_REGISTRY_DAMAGED, LEASE_REGISTRY_LOCKED, UNSAFE_FILE */
export async function acquireLease(project: Project, key: Omit<LeaseKey, 'project'>): Promise<Acquired> {
  requireOwnName(project.caller, key.session)
  const holder = await sessionHolder(project, key.session)
  const answer = await askOnce(project, newRequest(project, key, holder))
  if (!answer.granted) return answer
  await note(project, 'lease-granted', {lease: answer.lease.id, session: key.session, purpose: key.purpose})
  return {granted: true, lease: leaseView(answer.lease, await nowFacts(answer.lease))}
}

async function nowFacts(lease: Lease): Promise<Pick<LeaseFacts, 'now' | 'holders'>> {
  const now = readMoment()
  return {now, holders: await holderStates({boot: now.boot, leases: [lease], queue: [], ended: []})}
}

/** A session asks for itself alone. @throws PlannerError NOT_OWNER */
export function requireOwnName({session}: Caller, name: string): void {
  if (session === null || session === name) return
  throw new PlannerError('NOT_OWNER', `${session} takes leases in its own name only, not in that of ${name}.`, [
    `codex-planner acquire-lease --session-name ${session} --purpose 'npm test'`,
  ])
}

/**
 * Gives a lease back; one that has ended stays as it ended. `within` is the one repository the caller may touch.
 * @throws PlannerError LEASE_NOT_FOUND, NOT_OWNER
 */
export async function giveBack(
  host: Host,
  id: string,
  {caller, within}: {caller: Caller; within: string | null},
): Promise<EndedLease> {
  const {value} = await changeLeases(host, (registry, now) => {
    const found = findLease(registry, id)
    if (!found) {
      throw new PlannerError('LEASE_NOT_FOUND', `There is no lease ${id} on this host.`, ['codex-planner list-leases'])
    }
    requireOwnLease(caller, within, found)
    const after = releaseLease(registry, id, now)
    const lease = findLease(after, id)
    if (!lease || isHeld(lease)) throw new Error(`${id} was not released.`)
    return [after, lease]
  })
  return value
}

function requireOwnLease(caller: Caller, within: string | null, lease: Lease | EndedLease): void {
  const foreign = within !== null && lease.project !== within
  if (!foreign && (caller.role !== 'worker' || caller.session === lease.session)) return
  const owner = foreign ? `a session of ${lease.project}` : lease.session
  throw new PlannerError(
    'NOT_OWNER',
    `${lease.id} belongs to ${owner}, and ${caller.session ?? caller.role} cannot release it.`,
    ['codex-planner list-leases'],
  )
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

function leaseView(lease: Lease, {now, holders}: Pick<LeaseFacts, 'now' | 'holders'>): LeaseView {
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
