import {mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

import type {Registry} from '../../src/domain/lease.ts'
import {type LeaseRegistry, openLeaseRegistry} from '../../src/store/lease-registry.ts'
import {hostPaths, type LeasePaths} from '../../src/store/paths.ts'

const made: string[] = []

/** A state folder that is not there yet, in a home of its own. */
export async function tempLeases(): Promise<{home: string; paths: LeasePaths; leases: LeaseRegistry}> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'leases-')))
  made.push(home)
  const paths = hostPaths({HOME: home}).leases
  return {home, paths, leases: openLeaseRegistry(paths)}
}

export async function removeTempLeases(): Promise<void> {
  for (const home of made.splice(0)) await rm(home, {recursive: true, force: true})
}

export function put(leases: LeaseRegistry, registry: Registry): Promise<null> {
  return leases.change(async () => [registry, null])
}
