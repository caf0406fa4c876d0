import {once} from 'node:events'
import {expect} from 'chai'

import {aRegistry, aTicket} from '../domain/lease-examples.ts'
import {output, start} from './start-process.ts'
import {put, removeTempLeases, tempLeases} from './temp-leases.ts'

describe('several processes that ask for leases', () => {
  after(removeTempLeases)

  it('are all served, and never more at once than may: 56 requests by 8 processes for 3 places', async () => {
    const {home, leases} = await tempLeases()
    const purposes = Array.from({length: 56}, (_, index) => `purpose ${index}`)
    const outputs = await Promise.all(
      Array.from({length: 8}, (_, process) => {
        const own = purposes.filter((_, index) => index % 8 === process)
        return output(start('take-turns.ts', home, '3', ...own))
      }),
    )
    const lines = outputs.join('').trim().split('\n')
    const granted = lines.map(line => /^(purpose \d+) (\S+) (\d)$/.exec(line)?.slice(1) ?? [])
    expect(granted.map(([purpose]) => purpose)).to.have.members(purposes)
    expect(new Set(granted.map(([, id]) => id)).size).to.equal(56)
    expect(Math.max(...granted.map(([, , held]) => Number(held)))).to.equal(3)
    const {leases: left, queue} = await leases.read()
    expect([left, queue]).to.deep.equal([[], []])
  })

  it('go on at once when the one that was writing is killed, with the registry as it was', async () => {
    const {home, leases} = await tempLeases()
    await put(leases, aRegistry({queue: [aTicket()]}))
    const holder = start('hold-leases.ts', home)
    await once(holder.stdout ?? holder, 'data')
    const change = leases.change(async registry => [registry, registry.queue.length])
    holder.kill('SIGKILL')
    expect(await change).to.equal(1)
  })
})
