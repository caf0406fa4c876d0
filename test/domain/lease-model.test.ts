import {expect} from 'chai'
import fc from 'fast-check'

import {LeaseModel, step, TTL} from './lease-model.ts'

describe('leases under any course of events', () => {
  it('never run more than may, keep their order and their ids, and let everybody through (F-022 to F-025, F-061, F-106)', () => {
    fc.assert(
      fc.property(fc.array(step, {maxLength: 40}), steps => {
        const host = new LeaseModel()
        for (const one of steps) {
          const order = host.registry.queue.map(({id}) => id)
          const held = host.registry.leases.map(({id}) => id)
          host.take(one)
          const now = host.registry.queue.map(({id}) => id)
          expect(order.filter(id => now.includes(id))).to.deep.equal(now.filter(id => order.includes(id)))
          const ids = [...host.registry.leases.map(({id}) => id), ...now]
          expect(new Set(ids).size, 'ids').to.equal(ids.length)
          // A lease comes from the queue or from nowhere; none goes back into it.
          expect(held.filter(id => now.includes(id))).to.deep.equal([])
          expect(new Set(host.registry.leases.map(({session}) => session)).size).to.equal(host.registry.leases.length)
        }
        letEverybodyThrough(host)
      }),
      {numRuns: 3000},
    )
  })
})

/** Everybody asks in turn and gives back at once what it gets: after as many rounds as wait, all have had their turn. */
function letEverybodyThrough(host: LeaseModel): void {
  const served = new Set<number>()
  for (let round = 0; round < 8; round += 1) {
    host.clock += TTL / 10
    for (let one = 0; one < 6; one += 1) {
      if (served.has(one) || !host.ask(one).granted) continue
      served.add(one)
      host.take({kind: 'release', who: one})
    }
  }
  expect([...served]).to.have.members([0, 1, 2, 3, 4, 5])
}
