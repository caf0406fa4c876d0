import {PlannerError} from './errors.ts'
import {SESSION_NAME} from './session.ts'
import type {ProcessIdentity} from './status.ts'
import {requireText} from './text.ts'

/** One point in time, on two clocks. */
export interface Moment {
  /** ISO 8601 in UTC, for people only. */
  at: string
  /** Seconds of the boot in which the machine was awake: setting the time or sleeping does not move it. */
  clock: number
  boot: string | null
}

/** A process on the boot that the registry speaks of. */
export type ProcessMark = Omit<ProcessIdentity, 'boot'>

/** The command that runs under a lease. */
export interface ChildMark extends ProcessMark {
  /** Whether it leads a process group of its own, which then counts as a whole. */
  group: boolean
}

/** Whose end proves that a lease is not needed any more. */
export type Holder =
  | ({kind: 'session' /** The start of the session. */; run: string} & ProcessMark)
  | ({kind: 'command' /** Null until it has started. */; child: ChildMark | null} & ProcessMark)

/** What a lease belongs to, and is asked for again with. */
export interface LeaseKey {
  /** The root of the repository. */
  project: string
  /** A session's name, or `operator`. */
  session: string
  purpose: string
}

/** The right to one heavy command on this host. */
export interface Lease extends LeaseKey {
  id: string
  taken_at: string
  renewed_at: string
  /** Of the last renewal. */
  renewed_clock: number
  ttl_seconds: number
  /** Null when nobody's end proves anything: then it ends by its release or its time. */
  holder: Holder | null
}

/** A place in the queue; its lease will have the same id. */
export interface Ticket extends LeaseKey {
  id: string
  queued_at: string
  asked_at: string
  asked_clock: number
  /** What its owner was told last. */
  retry_after_seconds: number
  holder: Holder | null
}

export const END_REASONS = ['released', 'session_ended', 'command_ended', 'expired', 'reboot'] as const
export type EndReason = (typeof END_REASONS)[number]

/** A lease that is over; kept for a while, so that releasing it again can say so. */
export interface EndedLease extends LeaseKey {
  id: string
  /** Not known of one that ended before this was kept. */
  taken_at?: string | undefined
  ended_at: string
  reason: EndReason
}

/** Everything in `leases.yaml`. The queue is in the order of arrival. */
export interface Registry {
  /** The boot that processes and clock readings belong to; null in a registry that was never written. */
  boot: string | null
  leases: Lease[]
  queue: Ticket[]
  /** Oldest first. */
  ended: EndedLease[]
}

export const EMPTY_REGISTRY: Registry = {boot: null, leases: [], queue: [], ended: []}

/** The person's own name among the holders, outside any session. */
export const OPERATOR = 'operator'

/** Names the lease to everything that runs under it. */
export const LEASE_VARIABLE = 'CODEX_ORCHESTRATOR_LEASE'

export const LEASE_ID = /^HEAVY-[0-9a-f]{8}$/

/** @throws PlannerError INVALID_ARGUMENT */
export function requireLeaseId(text: string): string {
  if (LEASE_ID.test(text)) return text
  throw new PlannerError('INVALID_ARGUMENT', 'A lease is called HEAVY-1234abcd: eight digits or letters a to f.', [
    'codex-planner list-leases',
  ])
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireLeaseSession(text: string): string {
  if (text === OPERATOR || SESSION_NAME.test(text)) return text
  throw new PlannerError(
    'INVALID_ARGUMENT',
    'A lease is held by planner, by a worker such as worker-task-001, or by operator, who is you in your own shell.',
    ['codex-planner list-sessions'],
  )
}

export const MAX_PURPOSE = 200

/** @throws PlannerError INVALID_ARGUMENT */
export function requirePurpose(text: string): string {
  return requireText(text, {field: 'purpose', max: MAX_PURPOSE})
}

/** How many heavy commands may run at once on this host. */
export function heavyLimit(cpuCount: number, configured: number | null): number {
  return configured ?? Math.max(1, Math.floor(cpuCount / 2))
}

/** Until its time is over; never negative, and the whole of it when the clock says that the renewal is yet to come. */
export function expiresIn(lease: Lease, clock: number): number {
  return Math.max(0, lease.ttl_seconds - Math.max(0, clock - lease.renewed_clock))
}
