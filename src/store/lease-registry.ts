import {setTimeout as delay} from 'node:timers/promises'
import {isDeepStrictEqual} from 'node:util'

import {PlannerError} from '../domain/errors.ts'
import {EMPTY_REGISTRY, type Registry} from '../domain/lease.ts'
import {pasteable} from '../domain/shell.ts'
import {replaceKept} from './kept-replace.ts'
import {loadRegistryCode, readRegistry, registryText} from './lease-file.ts'
import {withLock} from './lock.ts'
import type {LeasePaths} from './paths.ts'
import {ensurePrivateFolder, isPrivateFolder, requirePrivateFile} from './private-place.ts'
import {sweepTemporaries} from './safe-file.ts'

export interface LeaseRegistry {
  /** Takes no lock and changes nothing. @throws PlannerError LEASE_REGISTRY_DAMAGED, UNSAFE_FILE */
  read(): Promise<Registry>
  /**
   * The only way to change it: one process at a time decides on what is there. What `decide` answers is handed out only when the registry
   * it decided on is on the disk. A person may save the file meanwhile; then it is asked again.
   * @throws PlannerError LEASE_REGISTRY_DAMAGED, LEASE_REGISTRY_LOCKED, UNSAFE_FILE, and what `decide` throws
   */
  change<Value>(decide: (registry: Registry) => Promise<readonly [Registry, Value]>): Promise<Value>
}

const TRIES = 20
const SETTLE_MS = 30
/** All repositories of the machine share the lock, and contend for it most when the machine is busiest. */
const LOCK_MS = 30_000

export function openLeaseRegistry(paths: LeasePaths): LeaseRegistry {
  return {
    async read() {
      if (!(await isPrivateFolder(paths.folder))) return EMPTY_REGISTRY
      await requirePrivateFile(paths.file)
      return (await readRegistry(paths)).registry
    },
    async change(decide) {
      await ensurePrivateFolder(paths.folder)
      await loadRegistryCode()
      return withLock(paths.lock, () => changed(paths, decide), {
        code: 'LEASE_REGISTRY_LOCKED',
        timeoutMs: LOCK_MS,
      })
    },
  }
}

async function changed<Value>(
  paths: LeasePaths,
  decide: (registry: Registry) => Promise<readonly [Registry, Value]>,
): Promise<Value> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await requirePrivateFile(paths.file)
    const {registry: before, stamp} = await readRegistry(paths)
    const [after, value] = await decide(before)
    if (isDeepStrictEqual(after, before)) return value
    if (await replaceKept(paths, paths.file, await registryText(after), stamp, 0o600)) {
      await sweepTemporaries(paths.folder)
      return value
    }
    await delay(SETTLE_MS)
  }
  throw new PlannerError('LEASE_REGISTRY_LOCKED', `${paths.file} is being saved over and over by another program.`, [
    pasteable(['fuser', '-v', paths.file]),
  ])
}
