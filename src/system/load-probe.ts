import {readFileSync} from 'node:fs'
import {availableParallelism, freemem, loadavg} from 'node:os'
import type {HostLoad} from '@codex-planner/plugin-api'

import {isNodeError} from './program.ts'

/** How busy the machine is now. */
export function probeLoad(): HostLoad {
  const [loadAverage1] = loadavg()
  return {
    cpuCount: availableParallelism(),
    ...(process.platform === 'win32' || loadAverage1 === undefined ? {} : {loadAverage1}),
    memoryAvailableGb: availableMemory() / 2 ** 30,
  }
}

/** Bytes; on Linux what programs can take, caches included, which `freemem` leaves out on old kernels. */
function availableMemory(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
    return kib === undefined ? freemem() : Number(kib) * 1024
  } catch (error) {
    if (isNodeError(error)) return freemem()
    throw error
  }
}
