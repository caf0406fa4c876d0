import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'

import type {Refusal} from '../domain/admission.ts'
import {PlannerError} from '../domain/errors.ts'
import type {EndedLease, Holder, Lease, LeaseKey} from '../domain/lease.ts'
import type {LeaseFacts} from '../domain/lease-end.ts'
import {
  askForLease,
  findLease,
  isHeld,
  type LeaseAnswer,
  type LeaseRequest,
  releaseLease,
} from '../domain/lease-queue.ts'
import type {Caller} from '../domain/role.ts'
import {readMoment} from '../system/clock.ts'
import type {Host} from './host.ts'
import {hostAdmission} from './host-admission.ts'
import {changeLeases, limitOf} from './lease-facts.ts'
import {holderStates, sessionHolder} from './lease-holders.ts'
import {type LeaseView, leaseView} from './lease-list.ts'
import type {Project} from './project.ts'

export type Acquired = {granted: true; lease: LeaseView} | Extract<LeaseAnswer, {granted: false}>

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
