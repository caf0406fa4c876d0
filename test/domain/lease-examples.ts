import type {Holder, Lease, Moment, Registry, Ticket} from '../../src/domain/lease.ts'
import type {LeaseRequest} from '../../src/domain/lease-queue.ts'

export const BOOT = '11111111-2222-4333-8444-555555555555'
export const AT = '2026-01-31T12:00:00.000Z'

export function aMoment(fields: Partial<Moment> = {}): Moment {
  return {at: AT, clock: 1000, boot: BOOT, ...fields}
}

export function aLease(fields: Partial<Lease> = {}): Lease {
  return {
    id: 'HEAVY-00000001',
    project: '/srv/shop',
    session: 'worker-task-001',
    purpose: 'npm test',
    taken_at: AT,
    renewed_at: AT,
    renewed_clock: 1000,
    ttl_seconds: 1800,
    holder: null,
    ...fields,
  }
}

export function aTicket(fields: Partial<Ticket> = {}): Ticket {
  return {
    id: 'HEAVY-000000a1',
    project: '/srv/shop',
    session: 'worker-task-002',
    purpose: 'npm test',
    queued_at: AT,
    asked_at: AT,
    asked_clock: 1000,
    retry_after_seconds: 30,
    holder: null,
    ...fields,
  }
}

export function aRegistry(fields: Partial<Registry> = {}): Registry {
  return {boot: BOOT, leases: [], queue: [], ended: [], ...fields}
}

export function aRequest(fields: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    project: '/srv/shop',
    session: 'worker-task-001',
    purpose: 'npm test',
    holder: null,
    ttlSeconds: 1800,
    newId: 'HEAVY-0000000f',
    ...fields,
  }
}

export function aSessionHolder(pid = 41): Holder {
  return {kind: 'session', run: 'worker-task-001-1a2b', pid, started: 500, pidns: 'pid:[1]'}
}

export function aCommandHolder(pid = 51): Holder {
  return {
    kind: 'command',
    pid,
    started: 600,
    pidns: 'pid:[1]',
    child: {pid: pid + 1, started: 601, pidns: 'pid:[1]', group: true},
  }
}
