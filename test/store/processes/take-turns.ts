import {setTimeout as delay} from 'node:timers/promises'

import {askForLease, releaseLease} from '../../../src/domain/lease-queue.ts'
import {openLeaseRegistry} from '../../../src/store/lease-registry.ts'
import {hostPaths} from '../../../src/store/paths.ts'
import {aMoment, aRequest} from '../../domain/lease-examples.ts'

// Each purpose asks until it is granted, tells how many hold then, and gives its lease back.
const [home = '', limit = '1', ...purposes] = process.argv.slice(2)
const leases = openLeaseRegistry(hostPaths({HOME: home}).leases)
const state = {now: aMoment(), limit: Number(limit), pressure: null}

async function takeTurn(purpose: string, number: number): Promise<void> {
  const newId = `HEAVY-${(process.pid * 100 + number).toString(16).padStart(8, '0').slice(-8)}`
  for (;;) {
    const [answer, held] = await leases.change(async registry => {
      const [after, answer] = askForLease({...registry, boot: state.now.boot}, aRequest({purpose, newId}), state)
      return [after, [answer, after.leases.length] as const]
    })
    if (!answer.granted) {
      await delay(20)
      continue
    }
    process.stdout.write(`${purpose} ${answer.lease.id} ${held}\n`)
    await delay(10)
    await leases.change(async registry => [releaseLease(registry, answer.lease.id, state.now), null])
    return
  }
}

for (const [number, purpose] of purposes.entries()) await takeTurn(purpose, number)
