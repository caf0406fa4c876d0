import {expect} from 'chai'

import type {Holder, Lease, Moment, Registry, Ticket} from '../../src/domain/lease.ts'
import {sweep} from '../../src/domain/lease-end.ts'
import type {ProcessValue} from '../../src/domain/status.ts'
import {aCommandHolder, aLease, aMoment, aRegistry, aSessionHolder, aTicket, BOOT} from './lease-examples.ts'

function swept(registry: Registry, now: Moment, states: [Holder, ProcessValue][] = [], limit = 1) {
  return sweep(registry, {now, limit, holders: new Map(states)})
}

describe('a lease ends', () => {
  const session = aSessionHolder()
  const command = aCommandHolder()
  const table: [what: string, lease: Partial<Lease>, now: Partial<Moment>, state: ProcessValue, reason: string][] = [
    ['when its time is over and nobody is known to hold it', {}, {clock: 2800}, 'unknown', 'expired'],
    ['when its session is proven gone (F-024)', {holder: session}, {}, 'gone', 'session_ended'],
    ['when its time is over, though its session runs', {holder: session}, {clock: 2800}, 'alive', 'expired'],
    ['when its command is proven gone', {holder: command}, {}, 'gone', 'command_ended'],
    [
      'when its time is over and its command cannot be told (F-120)',
      {holder: command},
      {clock: 2800},
      'unknown',
      'expired',
    ],
    ['with the boot it is from, whatever runs (F-061)', {holder: command}, {boot: 'another'}, 'alive', 'reboot'],
  ]
  for (const [what, fields, now, state, reason] of table) {
    it(what, () => {
      const lease = aLease(fields)
      const {registry, ended} = swept(
        aRegistry({leases: [lease]}),
        aMoment(now),
        lease.holder ? [[lease.holder, state]] : [],
      )
      expect(registry.leases).to.deep.equal([])
      expect(ended.map(one => [one.id, one.reason])).to.deep.equal([['HEAVY-00000001', reason]])
      expect(registry.ended).to.deep.equal(ended)
    })
  }
})

describe('a lease holds', () => {
  const session = aSessionHolder()
  const command = aCommandHolder()
  const table: [what: string, lease: Partial<Lease>, now: Partial<Moment>, state: ProcessValue][] = [
    ['until the last second of its time', {}, {clock: 2799.9}, 'unknown'],
    ['while nothing is proven about its session (F-120)', {holder: session}, {clock: 2799}, 'unknown'],
    ['while its command runs, however long nobody renewed it', {holder: command}, {clock: 99_999}, 'alive'],
    ['when the wall clock jumps a year ahead (F-106)', {}, {at: '2027-01-31T12:00:00Z'}, 'unknown'],
    ['when the wall clock jumps to 1970 (F-106)', {}, {at: '1970-01-01T00:00:00Z'}, 'unknown'],
    [
      'over a night of sleep, in which only the wall clock went on (F-062)',
      {},
      {at: '2026-02-01T07:00:00Z', clock: 1002},
      'unknown',
    ],
  ]
  for (const [what, fields, now, state] of table) {
    it(what, () => {
      const lease = aLease(fields)
      const {registry, ended} = swept(
        aRegistry({leases: [lease]}),
        aMoment(now),
        lease.holder ? [[lease.holder, state]] : [],
      )
      expect(registry.leases).to.deep.equal([lease])
      expect(ended).to.deep.equal([])
    })
  }

  it('no longer than its time when its renewal seems to be in the future', () => {
    const {registry} = swept(aRegistry({leases: [aLease({renewed_clock: 50_000})]}), aMoment())
    expect(registry.leases[0]?.renewed_clock).to.equal(1000)
    expect(swept(registry, aMoment({clock: 2800})).registry.leases).to.deep.equal([])
  })
})

describe('the queue', () => {
  const [one, two, three] = ['1', '2', '3'].map(last => aTicket({id: `HEAVY-0000000${last}`}))
  const full = {leases: [aLease()]}
  const ids = (queue: Ticket[]) => queue.map(({id}) => id.at(-1)).join('')

  const table: [what: string, queue: (Ticket | undefined)[], clock: number, free: number, left: string][] = [
    ['keeps a head that was silent for three retry times exactly', [one, two], 1090, 0, '12'],
    [
      'drops a head that was silent for longer (F-025)',
      [one, {...aTicket(), id: 'HEAVY-00000002', asked_clock: 1080}],
      1091,
      0,
      '2',
    ],
    [
      'drops one silent head after the other',
      [one, two, {...aTicket(), id: 'HEAVY-00000003', asked_clock: 1080}],
      1091,
      0,
      '3',
    ],
    [
      'keeps one that is silent further back, for its turn has not come',
      [{...aTicket(), id: 'HEAVY-00000001', asked_clock: 1080}, two, three],
      1091,
      0,
      '123',
    ],
    [
      'takes all whose turn has come for heads',
      [{...aTicket(), id: 'HEAVY-00000001', asked_clock: 1080}, two, three],
      1091,
      3,
      '1',
    ],
  ]
  for (const [what, queue, clock, free, left] of table) {
    it(what, () => {
      const tickets = queue.filter(ticket => ticket !== undefined)
      const registry = aRegistry({...(free === 0 ? full : {}), queue: tickets})
      const result = swept(registry, aMoment({clock}), [], free === 0 ? 1 : free)
      expect(ids(result.registry.queue)).to.equal(left)
      expect(result.dropped.length).to.equal(tickets.length - left.length)
    })
  }

  it('counts what is held when it tells whose turn it is', () => {
    const queue = [{...aTicket(), id: 'HEAVY-00000001', asked_clock: 1080}, two, three].filter(one => one !== undefined)
    const leases = [aLease({id: 'HEAVY-000000b1'}), aLease({id: 'HEAVY-000000b2'})]
    const {registry} = swept(aRegistry({leases, queue}), aMoment({clock: 1091}), [], 3)
    expect(ids(registry.queue)).to.equal('123')
  })

  it('drops whose session or command is proven gone, wherever it stands (F-025)', () => {
    const [gone, unknown] = [aSessionHolder(), aCommandHolder()]
    const queue = [
      aTicket({id: 'HEAVY-00000001'}),
      aTicket({id: 'HEAVY-00000002', holder: gone}),
      aTicket({id: 'HEAVY-00000003', holder: unknown}),
    ]
    const {registry} = swept(aRegistry({...full, queue}), aMoment(), [
      [gone, 'gone'],
      [unknown, 'unknown'],
    ])
    expect(ids(registry.queue)).to.equal('13')
  })

  it('is empty after a restart of the machine (F-061)', () => {
    const {registry} = swept(aRegistry({queue: [aTicket()]}), aMoment({boot: 'another', clock: 3}))
    expect(registry).to.deep.equal(aRegistry({boot: 'another'}))
  })
})

describe('what has ended', () => {
  it('is remembered fifty deep', () => {
    const leases = Array.from({length: 60}, (_, index) => aLease({id: `HEAVY-000000${10 + index}`}))
    const {registry, ended} = swept(aRegistry({leases}), aMoment({clock: 9000}))
    expect(ended).to.have.length(60)
    expect(registry.ended.map(({id}) => id)).to.deep.equal(leases.slice(10).map(({id}) => id))
    expect(registry.boot).to.equal(BOOT)
  })
})
