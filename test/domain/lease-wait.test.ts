import {expect} from 'chai'

import type {EndedLease, Registry} from '../../src/domain/lease.ts'
import {expectedWaits, roughTime, waitSentence} from '../../src/domain/lease-wait.ts'
import {AT, aLease, aMoment, aRegistry, aTicket} from './lease-examples.ts'

/** The time that many seconds before now. */
const before = (seconds: number) => new Date(Date.parse(AT) - seconds * 1000).toISOString()

/** One that was released just now. */
function ran(seconds: number, fields: Partial<EndedLease> = {}): EndedLease {
  return {
    id: 'HEAVY-000000e1',
    project: '/srv/shop',
    session: 'planner',
    purpose: 'npm test',
    taken_at: before(seconds),
    ended_at: AT,
    reason: 'released',
    ...fields,
  }
}

function waits(registry: Partial<Registry>, limit = 1): (number | null)[] {
  return expectedWaits(aRegistry(registry), {now: aMoment(), limit})
}

const held = (seconds: number, fields = {}) => aLease({taken_at: before(seconds), ...fields})

describe('the expected wait', () => {
  const table: [what: string, registry: Partial<Registry>, limit: number, waits: (number | null)[]][] = [
    ['is not there when nobody waits', {leases: [held(10)], ended: [ran(60)]}, 1, []],
    ['is not known when nothing ran before', {leases: [held(10)], queue: [aTicket()]}, 1, [null]],
    [
      'is what is left of how long such a command takes',
      {leases: [held(20)], queue: [aTicket()], ended: [ran(60)]},
      1,
      [40],
    ],
    [
      'takes the median of those that ran for longer than the one that holds',
      {leases: [held(50)], queue: [aTicket()], ended: [ran(10), ran(40), ran(100), ran(120), ran(900)]},
      1,
      [70],
    ],
    [
      'takes the middle of two medians',
      {leases: [held(0)], queue: [aTicket()], ended: [ran(10), ran(20), ran(40), ran(80)]},
      1,
      [30],
    ],
    [
      'is not known when the one that holds runs for longer than any did',
      {leases: [held(61)], queue: [aTicket(), aTicket()], ended: [ran(60)]},
      1,
      [null, null],
    ],
    [
      'adds up behind others',
      {leases: [held(20)], queue: [aTicket(), aTicket(), aTicket()], ended: [ran(60)]},
      1,
      [40, 100, 160],
    ],
    [
      'is divided over the leases',
      {
        leases: [held(50), held(10)],
        queue: [aTicket(), aTicket(), aTicket(), aTicket()],
        ended: [ran(60)],
      },
      2,
      [10, 50, 70, 110],
    ],
    [
      'counts on the leases it knows about, whatever the others do',
      {leases: [held(5000), held(10)], queue: [aTicket(), aTicket()], ended: [ran(60)]},
      2,
      [50, 110],
    ],
    [
      'counts the same words in the same repository before others',
      {
        leases: [held(0)],
        queue: [aTicket()],
        ended: [ran(60), ran(600, {project: '/srv/other'}), ran(6000, {purpose: 'build'})],
      },
      1,
      [60],
    ],
    [
      'counts the same words elsewhere where this repository has none',
      {
        leases: [held(0)],
        queue: [aTicket()],
        ended: [ran(600, {project: '/srv/other'}), ran(6000, {purpose: 'build'})],
      },
      1,
      [600],
    ],
    [
      'counts everything where nobody used these words',
      {leases: [held(0)], queue: [aTicket()], ended: [ran(6000, {purpose: 'build'})]},
      1,
      [6000],
    ],
    [
      'counts only what came to its own end',
      {
        leases: [held(0)],
        queue: [aTicket()],
        ended: [
          ran(5, {reason: 'command_ended'}),
          ran(6, {reason: 'session_ended'}),
          ran(7, {reason: 'expired'}),
          ran(8, {reason: 'reboot'}),
          ran(9, {taken_at: undefined}),
        ],
      },
      1,
      [null],
    ],
    [
      'is not below 0 after the time was set back',
      {leases: [held(-3600)], queue: [aTicket()], ended: [ran(-3600), ran(60)]},
      1,
      [60],
    ],
    [
      'is not known while a lease is free, for then the machine is waited for',
      {leases: [held(10)], queue: [aTicket(), aTicket()], ended: [ran(60)]},
      2,
      [null, null],
    ],
    [
      'counts the room that a lowered limit leaves',
      {leases: [held(50), held(30), held(10)], queue: [aTicket()], ended: [ran(60)]},
      1,
      [50],
    ],
  ]
  for (const [what, registry, limit, expected] of table) {
    it(what, () => expect(waits(registry, limit)).to.deep.equal(expected))
  }

  it('is said as an estimate, or not at all', () => {
    expect(waitSentence(240)).to.equal(
      ' Its turn is expected in about 4 min, an estimate from how long commands took before.',
    )
    expect(waitSentence(null)).to.equal('')
  })

  for (const [seconds, words] of [
    [0, '0 s'],
    [89.4, '89 s'],
    [90, '2 min'],
    [5399, '90 min'],
    [5400, '2 h'],
    [86_400, '24 h'],
  ] as const) {
    it(`is ${words} for ${seconds} seconds`, () => expect(roughTime(seconds)).to.equal(words))
  }
})
