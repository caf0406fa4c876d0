import type {Pressure} from '@codex-planner/plugin-api'

import type {Refusal} from '../domain/admission.ts'
import {whyNot} from '../domain/lease-queue.ts'
import {jsonBytes} from '../domain/text.ts'
import type {Host} from './host.ts'
import {hostAdmission} from './host-admission.ts'
import {currentLeases} from './lease-facts.ts'
import {firstLeases, type LeaseView, type WaitingView} from './lease-list.ts'

/** Whether work may begin now, and what decides that. */
export interface Admitted {
  max_loadavg_1: number | null
  min_mem_available_gb: number | null
  max_cpu_pressure: number | null
  max_memory_pressure: number | null
  allowed: boolean
  /** Null when it is allowed. */
  reason: string | null
  retry_after_seconds: number | null
}

export interface Resources {
  host: {
    cpus: number
    load_average_1: number | null
    memory_available_gb: number | null
    /** Percent of the last ten seconds; null where the system does not tell. */
    pressure: {
      cpu_some_avg10: number | null
      memory_some_avg10: number | null
      memory_full_avg10: number | null
      io_some_avg10: number | null
      io_full_avg10: number | null
    } | null
  }
  heavy: Admitted & {
    limit: number
    limit_from: 'max_heavy_leases' | 'cpus'
    held: number
    queued: number
    /** The first of those that hold and wait; list-leases has all. */
    leases: LeaseView[]
    queue: WaitingView[]
  }
  worker_launch: Admitted
}

/** Of those that hold and wait. */
const SHOWN = 10

/** The machine as it is now, and what may begin on it. */
export async function lookAtResources(host: Host, {maxBytes}: {maxBytes: number | null}): Promise<Resources> {
  const {load, judge} = await hostAdmission(host)
  const {registry, facts} = await currentLeases(host)
  const {config} = host
  const [held, queued] = [registry.leases.length, registry.queue.length]
  const pressure = judge({kind: 'heavy', taskId: null, writeScope: [], active: []})
  const heavy = whyNot(registry, queued, {limit: facts.limit, pressure})
  const worker = judge({kind: 'worker', taskId: null, writeScope: [], active: []})
  const answer: Resources = {
    host: {
      cpus: load.cpuCount,
      load_average_1: load.loadAverage1 ?? null,
      memory_available_gb: load.memoryAvailableGb ?? null,
      pressure: load.pressure ? told(load.pressure) : null,
    },
    heavy: {
      limit: facts.limit,
      limit_from: config.max_heavy_leases === null ? 'cpus' : 'max_heavy_leases',
      held,
      queued,
      leases: [],
      queue: [],
      max_loadavg_1: config.max_loadavg_1,
      min_mem_available_gb: config.min_mem_available_gb,
      max_cpu_pressure: config.max_cpu_pressure,
      max_memory_pressure: config.max_memory_pressure,
      ...verdict(heavy),
    },
    worker_launch: {
      max_loadavg_1: config.worker_spawn_max_loadavg_1,
      min_mem_available_gb: config.worker_spawn_min_mem_available_gb,
      max_cpu_pressure: config.worker_spawn_max_cpu_pressure,
      max_memory_pressure: config.worker_spawn_max_memory_pressure,
      ...verdict(worker),
    },
  }
  const room = maxBytes === null ? null : maxBytes - jsonBytes(answer)
  return {...answer, heavy: {...answer.heavy, ...firstLeases(registry, facts, {limit: SHOWN, maxBytes: room})}}
}

/** Of processors, only `some` means anything for a whole machine. */
function told({cpu, memory, io}: Pressure): Resources['host']['pressure'] {
  return {
    cpu_some_avg10: cpu?.someAverage10 ?? null,
    memory_some_avg10: memory?.someAverage10 ?? null,
    memory_full_avg10: memory?.fullAverage10 ?? null,
    io_some_avg10: io?.someAverage10 ?? null,
    io_full_avg10: io?.fullAverage10 ?? null,
  }
}

function verdict(refusal: Refusal | null): Pick<Admitted, 'allowed' | 'reason' | 'retry_after_seconds'> {
  return {
    allowed: refusal === null,
    reason: refusal?.reason ?? null,
    retry_after_seconds: refusal?.retryAfterSeconds ?? null,
  }
}
