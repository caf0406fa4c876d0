import {readFileSync} from 'node:fs'
import {availableParallelism, loadavg} from 'node:os'
import path from 'node:path'
import type {HostLoad} from '@codex-planner/plugin-api'

import {type MemoryGroup, machineMemory, memoryAvailable, memoryGroup, memoryGroups} from '../domain/memory.ts'
import {pressureOf} from '../domain/pressure.ts'
import {isNodeError} from './node-error.ts'

/**
 * How busy the machine is now. Processors and memory are what this process may use, so the limits of a container count; the load average
 * and the pressure are the whole machine's also in there.
 */
export function probeLoad({pressureFolder = '/proc/pressure'}: {pressureFolder?: string} = {}): HostLoad {
  const [loadAverage1] = loadavg()
  const memory = availableMemory()
  const stalls = (name: string) => read(path.join(pressureFolder, name))
  const pressure = pressureOf({cpu: stalls('cpu'), memory: stalls('memory'), io: stalls('io')})
  return {
    cpuCount: availableParallelism(),
    // Windows has none, and Node says 0 there.
    ...(process.platform === 'win32' || loadAverage1 === undefined ? {} : {loadAverage1}),
    ...(memory === undefined ? {} : {memoryAvailableGb: memory / 2 ** 30}),
    ...(pressure === undefined ? {} : {pressure}),
  }
}

/** Bytes; undefined where only the free memory is known, which leaves out what caches would give back. */
function availableMemory(): number | undefined {
  const machine = machineMemory(read('/proc/meminfo') ?? '')
  return machine === undefined ? undefined : memoryAvailable(machine, groups())
}

function groups(): MemoryGroup[] {
  const {v1, v2} = memoryGroups({
    cgroup: read('/proc/self/cgroup') ?? '',
    mountinfo: read('/proc/self/mountinfo') ?? '',
  })
  return [
    ...v1.map(folder => group(folder, ['memory.limit_in_bytes'], 'memory.usage_in_bytes')),
    ...v2.map(folder => group(folder, ['memory.max', 'memory.high'], 'memory.current')),
  ].filter(found => found !== undefined)
}

function group(folder: string, limits: readonly string[], usage: string): MemoryGroup | undefined {
  const file = (name: string) => read(path.join(folder, name))
  return memoryGroup({limits: limits.map(file), usage: file(usage), stat: file('memory.stat')})
}

/** Undefined for what this system does not have or does not show. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (!isNodeError(error)) throw error
    return undefined
  }
}
