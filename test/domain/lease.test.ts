import {expect} from 'chai'

import {expiresIn, heavyLimit, requireLeaseId, requireLeaseSession, requirePurpose} from '../../src/domain/lease.ts'
import {aLease} from './lease-examples.ts'

describe('the budget of heavy commands', () => {
  const table: [cpus: number, configured: number | null, limit: number][] = [
    [1, null, 1],
    [2, null, 1],
    [3, null, 1],
    [8, null, 4],
    [9, null, 4],
    [8, 1, 1],
    [1, 16, 16],
  ]
  for (const [cpus, configured, limit] of table) {
    const words = configured === null ? 'nothing configured' : `max_heavy_leases ${configured}`
    it(`is ${limit} on ${cpus} processor(s) with ${words}`, () => {
      expect(heavyLimit(cpus, configured)).to.equal(limit)
    })
  }
})

describe('the words of a lease', () => {
  const refused: [what: string, call: () => unknown, told: string][] = [
    [
      'an id of another form',
      () => requireLeaseId('HEAVY-1234ABCD'),
      'A lease is called HEAVY-1234abcd: eight digits or letters a to f.',
    ],
    [
      'an id with a line behind it',
      () => requireLeaseId('HEAVY-1234abcd\n'),
      'A lease is called HEAVY-1234abcd: eight digits or letters a to f.',
    ],
    [
      'a session that is none',
      () => requireLeaseSession('worker-1'),
      'A lease is held by planner, by a worker such as worker-task-001, or by operator, who is you in your own shell.',
    ],
    ['an empty purpose', () => requirePurpose(' '), 'purpose is empty.'],
    [
      'a purpose of 201 characters',
      () => requirePurpose('x'.repeat(201)),
      'purpose has 201 characters; at most 200 are kept.',
    ],
    [
      'a purpose of a mebibyte',
      () => requirePurpose('x'.repeat(2 ** 20)),
      'purpose has 1048576 characters; at most 200 are kept.',
    ],
    [
      'a purpose with a control character',
      () => requirePurpose('npm test\u001b[2J'),
      'purpose must be one line without control characters.',
    ],
    ['a purpose of two lines', () => requirePurpose('a\nb'), 'purpose must be one line without control characters.'],
  ]
  for (const [what, call, told] of refused) {
    it(`refuse ${what}`, () => {
      expect(call).to.throw(told).with.property('code', 'INVALID_ARGUMENT')
    })
  }

  it('take the ids, names and purposes that there are', () => {
    expect(requireLeaseId('HEAVY-0a9f0a9f')).to.equal('HEAVY-0a9f0a9f')
    for (const name of ['planner', 'operator', 'worker-task-001', 'worker-task-1000'])
      expect(requireLeaseSession(name)).to.equal(name)
    expect(requirePurpose('x'.repeat(200))).to.have.length(200)
  })
})

describe('the time a lease has left', () => {
  const table: [what: string, clock: number, left: number][] = [
    ['is all of it at once', 1000, 1800],
    ['is less by the seconds the machine was awake', 1600, 1200],
    ['is nothing when it is over, and never less', 9999, 0],
    ['is all of it when the clock has not got there yet', 10, 1800],
  ]
  for (const [what, clock, left] of table) {
    it(what, () => expect(expiresIn(aLease(), clock)).to.equal(left))
  }
})
