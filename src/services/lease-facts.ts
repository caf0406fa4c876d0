import {type EndedLease, heavyLimit, type Moment, type Registry, type Ticket} from '../domain/lease.ts'
import {type LeaseFacts, sweep} from '../domain/lease-end.ts'
import {type LeaseRegistry, openLeaseRegistry} from '../store/lease-registry.ts'
import {hostPaths} from '../store/paths.ts'
import {readMoment} from '../system/clock.ts'
import {probeLoad} from '../system/load-probe.ts'
import type {Host} from './host.ts'
import {holderStates} from './lease-holders.ts'

export function leaseRegistry(host: Host): LeaseRegistry {
  return openLeaseRegistry(hostPaths(host.env).leases)
}

export function limitOf({config}: Host): number {
  return heavyLimit(probeLoad().cpuCount, config.max_heavy_leases)
}

/** Everything that is known about a registry now. */
async function factsAbout(host: Host, registry: Registry): Promise<LeaseFacts> {
  return {now: readMoment(), limit: limitOf(host), holders: await holderStates(registry)}
}

/** What holds and waits at this moment, without writing that down. */
export async function currentLeases(host: Host): Promise<{registry: Registry; facts: LeaseFacts}> {
  const read = await leaseRegistry(host).read()
  const facts = await factsAbout(host, read)
  return {registry: sweep(read, facts).registry, facts}
}

/** Decides on a registry from which everything is gone that is over. */
export async function changeLeases<Value>(
  host: Host,
  decide: (registry: Registry, now: Moment) => readonly [Registry, Value],
): Promise<{value: Value; ended: EndedLease[]; dropped: Ticket[]}> {
  return leaseRegistry(host).change(async before => {
    const facts = await factsAbout(host, before)
    const {registry, ended, dropped} = sweep(before, facts)
    const [after, value] = decide(registry, facts.now)
    return [after, {value, ended, dropped}]
  })
}
