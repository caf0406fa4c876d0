import {expect} from 'chai'

import type {Registry} from '../../src/domain/lease.ts'
import {
  askForLease,
  findLease,
  isHeld,
  keepCommand,
  type LeaseRequest,
  leaveQueue,
  releaseLease,
} from '../../src/domain/lease-queue.ts'
import {AT, aCommandHolder, aLease, aMoment, aRegistry, aRequest, aSessionHolder, aTicket} from './lease-examples.ts'

const PRESSURE = {reason: 'The load average over one minute is 5.20; the limit is 3.20.', retryAfterSeconds: 45}

function ask(registry: Registry, request: LeaseRequest, limit = 1, pressure: typeof PRESSURE | null = null) {
  return askForLease(registry, request, {now: aMoment({clock: 1100}), limit, pressure})
}

describe('asking for a lease', () => {
  it('is granted while a place is free and nobody waits', () => {
    const [after, answer] = ask(aRegistry(), aRequest({holder: aSessionHolder()}))
    const lease = aLease({id: 'HEAVY-0000000f', renewed_clock: 1100, holder: aSessionHolder()})
    expect(answer).to.deep.equal({granted: true, lease})
    expect(after).to.deep.equal(aRegistry({leases: [lease]}))
  })

  const denied: [
    what: string,
    registry: Partial<Registry>,
    limit: number,
    position: number,
    retry: number,
    reason: string,
  ][] = [
    [
      'while the one lease is held',
      {leases: [aLease({session: 'planner'})]},
      1,
      1,
      30,
      'The one heavy lease of this host is held.',
    ],
    [
      'while all are held and others came first',
      {
        leases: [aLease({session: 'planner'}), aLease({id: 'HEAVY-00000002', purpose: 'lint'})],
        queue: [aTicket(), aTicket({id: 'HEAVY-000000a2', purpose: 'lint'})],
      },
      2,
      3,
      60,
      'All 2 heavy leases of this host are held, and 2 requests came first.',
    ],
    [
      'while one is free and somebody else is next',
      {queue: [aTicket()]},
      1,
      2,
      45,
      'A heavy lease is free, but one request came first.',
    ],
    [
      'while the limit was set below what is held',
      {leases: [aLease({session: 'planner'}), aLease({id: 'HEAVY-00000002', purpose: 'lint'})]},
      1,
      1,
      30,
      'The one heavy lease of this host is held.',
    ],
  ]
  for (const [what, registry, limit, queue_position, retry_after_seconds, reason] of denied) {
    it(`has to wait ${what}`, () => {
      const [after, answer] = ask(aRegistry(registry), aRequest(), limit)
      expect(answer).to.deep.equal({
        granted: false,
        queue_position,
        retry_after_seconds,
        expected_wait_seconds: null,
        reason,
      })
      expect(after.queue.at(-1)).to.deep.equal(
        aTicket({id: 'HEAVY-0000000f', session: 'worker-task-001', asked_clock: 1100, retry_after_seconds}),
      )
      expect(after.leases).to.deep.equal(aRegistry(registry).leases)
    })
  }

  it('waits no longer than two minutes to ask again, however long the queue', () => {
    const queue = Array.from({length: 40}, (_, index) =>
      aTicket({id: `HEAVY-000000${10 + index}`, purpose: `${index}`}),
    )
    const [, answer] = ask(aRegistry({leases: [aLease({session: 'planner'})], queue}), aRequest())
    expect(answer).to.include({queue_position: 41, retry_after_seconds: 120})
  })

  it('has to wait while the machine is too busy, in the queue and with what was measured', () => {
    const [after, answer] = ask(aRegistry(), aRequest(), 4, PRESSURE)
    expect(answer).to.deep.equal({
      granted: false,
      queue_position: 1,
      retry_after_seconds: 45,
      expected_wait_seconds: null,
      reason: PRESSURE.reason,
    })
    expect(after.queue.map(({id}) => id)).to.deep.equal(['HEAVY-0000000f'])
  })

  it('takes at most ten minutes from a policy as the time to ask again', () => {
    const [, answer] = ask(aRegistry(), aRequest(), 1, {...PRESSURE, retryAfterSeconds: 86_400})
    expect(answer).to.include({retry_after_seconds: 600})
  })

  it('is told how long that may take, when it is known how long such commands ran', () => {
    const ran = {...aLease(), taken_at: '2026-01-31T11:00:00.000Z', ended_at: '2026-01-31T11:05:00.000Z'}
    const {id, project, session, purpose, taken_at, ended_at} = ran
    const ended = [{id, project, session, purpose, taken_at, ended_at, reason: 'released' as const}]
    const [, answer] = ask(aRegistry({leases: [aLease({session: 'planner'})], queue: [aTicket()], ended}), aRequest())
    expect(answer).to.include({granted: false, queue_position: 2, expected_wait_seconds: 600})
  })

  it('is granted to the second in the queue when two places are free, for the first keeps its own', () => {
    const [after, answer] = ask(aRegistry({queue: [aTicket()]}), aRequest(), 2)
    expect(answer.granted).to.equal(true)
    expect(after.queue).to.deep.equal([aTicket()])
  })

  it('is refused when two hundred wait already', () => {
    const queue = Array.from({length: 200}, (_, index) =>
      aTicket({id: `HEAVY-00000${100 + index}`, purpose: `${index}`}),
    )
    const registry = aRegistry({leases: [aLease({session: 'planner'})], queue})
    expect(() => ask(registry, aRequest()))
      .to.throw('200 requests wait')
      .with.property('code', 'LEASE_QUEUE_FULL')
    const [, again] = ask(registry, aRequest({session: 'worker-task-002', purpose: '7'}))
    expect(again).to.include({queue_position: 8})
  })
})

describe('asking again', () => {
  it('renews the same lease, also when the first answer was lost (F-022)', () => {
    const [first] = ask(aRegistry(), aRequest())
    const [after, answer] = askForLease(first, aRequest({newId: 'HEAVY-ffffffff', ttlSeconds: 60}), {
      now: aMoment({clock: 1500, at: '2026-01-31T12:08:20.000Z'}),
      limit: 1,
      pressure: PRESSURE,
    })
    const lease = aLease({
      id: 'HEAVY-0000000f',
      renewed_clock: 1500,
      renewed_at: '2026-01-31T12:08:20.000Z',
      ttl_seconds: 60,
    })
    expect(answer).to.deep.equal({granted: true, lease})
    expect(after.leases).to.deep.equal([lease])
  })

  it('keeps the place, and the id that its lease will have', () => {
    const full = aRegistry({leases: [aLease({session: 'planner'})]})
    const [first] = ask(full, aRequest())
    const [behind] = ask(first, aRequest({session: 'worker-task-002', newId: 'HEAVY-0000000e'}))
    const [again, answer] = ask(behind, aRequest({newId: 'HEAVY-ffffffff'}))
    expect(answer).to.include({granted: false, queue_position: 1})
    expect(again.queue.map(({id}) => id)).to.deep.equal(['HEAVY-0000000f', 'HEAVY-0000000e'])
    const [after, granted] = ask({...again, leases: []}, aRequest({newId: 'HEAVY-eeeeeeee'}))
    expect(granted.granted && granted.lease.id).to.equal('HEAVY-0000000f')
    expect(after.queue.map(({id}) => id)).to.deep.equal(['HEAVY-0000000e'])
  })

  const others: [what: string, request: Partial<LeaseRequest>][] = [
    ['another repository', {project: '/srv/other'}],
    ['another session', {session: 'worker-task-002'}],
    ['another purpose', {purpose: 'lint'}],
    ['a command beside the session', {holder: aCommandHolder()}],
  ]
  for (const [what, request] of others) {
    it(`for ${what} is another lease`, () => {
      const [, answer] = ask(aRegistry({leases: [aLease({holder: aSessionHolder()})]}), aRequest(request), 2)
      expect(answer.granted && answer.lease.id).to.equal('HEAVY-0000000f')
    })
  }

  it('by a second command of the same session and purpose waits its turn', () => {
    const registry = aRegistry({leases: [aLease({holder: aCommandHolder(51)})]})
    expect(ask(registry, aRequest({holder: aCommandHolder(71)}))[1]).to.include({granted: false, queue_position: 1})
    expect(ask(registry, aRequest({holder: {...aCommandHolder(51), child: null} as never}))[1]).to.include({
      granted: true,
    })
  })

  it('takes over for the start that a session is in now', () => {
    const registry = aRegistry({leases: [aLease({holder: aSessionHolder(41)})]})
    const [after] = ask(registry, aRequest({holder: aSessionHolder(99)}))
    expect(after.leases[0]?.holder).to.deep.equal(aSessionHolder(99))
  })
})

describe('giving a lease back', () => {
  it('ends it, and says so again (F-023)', () => {
    const once = releaseLease(aRegistry({leases: [aLease()]}), 'HEAVY-00000001', aMoment())
    const ended = {
      id: 'HEAVY-00000001',
      project: '/srv/shop',
      session: 'worker-task-001',
      purpose: 'npm test',
      taken_at: AT,
      ended_at: AT,
      reason: 'released',
    }
    expect(once).to.deep.equal(aRegistry({ended: [ended as never]}))
    expect(releaseLease(once, 'HEAVY-00000001', aMoment({at: 'later'}))).to.equal(once)
    expect(findLease(once, 'HEAVY-00000001')).to.deep.equal(ended)
  })

  it('gives a place in the queue up', () => {
    const registry = aRegistry({queue: [aTicket(), aTicket({id: 'HEAVY-000000a2', session: 'planner'})]})
    const left = leaveQueue(registry, aRequest({session: 'worker-task-002'}))
    expect(left.queue.map(({session}) => session)).to.deep.equal(['planner'])
    expect(leaveQueue(left, aRequest({session: 'worker-task-002'}))).to.equal(left)
  })
})

describe('the lease of a command that runs', () => {
  const child = {pid: 77, started: 700, pidns: 'pid:[1]', group: true}
  const lease = aLease({holder: aCommandHolder()})
  const now = aMoment({clock: 1200})

  it('learns the process of the command and is renewed', () => {
    const after = keepCommand(aRegistry({leases: [lease]}), lease, child, now)
    expect(after.leases[0]).to.deep.equal({...lease, renewed_clock: 1200, holder: {...lease.holder, child}})
  })

  it('stays ended when somebody released it', () => {
    const released = releaseLease(aRegistry({leases: [lease]}), lease.id, now)
    const after = keepCommand(released, lease, child, now)
    expect(after).to.equal(released)
    expect(isHeld(findLease(after, lease.id))).to.equal(false)
  })

  it('is there again when the registry was taken away, for the command runs', () => {
    const after = keepCommand(aRegistry(), lease, child, now)
    expect(after.leases.map(({id}) => id)).to.deep.equal([lease.id])
  })
})
