import {readFileSync} from 'node:fs'

import type {Moment} from '../domain/lease.ts'
import {isNodeError} from './node-error.ts'

/** Now, on the clock that deadlines of leases are measured on and on the one that people read. */
export function readMoment(): Moment {
  // CLOCK_MONOTONIC: the same for all processes of a boot. It stands still while the machine sleeps, and nobody can set it.
  const clock = Math.round(Number(process.hrtime.bigint() / 1_000_000n)) / 1000
  return {at: new Date().toISOString(), clock, boot: bootId()}
}

/** Null where the system does not tell. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch (error) {
    if (isNodeError(error)) return null
    throw error
  }
}
