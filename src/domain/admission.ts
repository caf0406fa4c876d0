import type {Thresholds, Verdict, WorkRequest} from '@codex-planner/plugin-api'

import type {Config} from './config.ts'

export type WorkKind = WorkRequest['kind']

/** Why work has to wait, and when it is worth asking again. */
export interface Refusal {
  reason: string
  retryAfterSeconds: number
}

type Limits = Pick<
  Config,
  | 'max_loadavg_1'
  | 'min_mem_available_gb'
  | 'max_cpu_pressure'
  | 'max_memory_pressure'
  | 'worker_spawn_max_loadavg_1'
  | 'worker_spawn_min_mem_available_gb'
  | 'worker_spawn_max_cpu_pressure'
  | 'worker_spawn_max_memory_pressure'
>

/** The limits that hold for this kind of work; one that is not set is left out. */
export function thresholdsFor(kind: WorkKind, config: Limits): Thresholds {
  const isWorker = kind === 'worker'
  const load = isWorker ? config.worker_spawn_max_loadavg_1 : config.max_loadavg_1
  const memory = isWorker ? config.worker_spawn_min_mem_available_gb : config.min_mem_available_gb
  const cpuPressure = isWorker ? config.worker_spawn_max_cpu_pressure : config.max_cpu_pressure
  const memoryPressure = isWorker ? config.worker_spawn_max_memory_pressure : config.max_memory_pressure
  return {
    ...(load === null ? {} : {maxLoadAverage1: load}),
    ...(memory === null ? {} : {minMemoryAvailableGb: memory}),
    ...(cpuPressure === null ? {} : {maxCpuPressure: cpuPressure}),
    ...(memoryPressure === null ? {} : {maxMemoryPressure: memoryPressure}),
  }
}

const LONGEST_REASON = 1000

/** A policy's answer, if it is one: a plugin is not checked by anybody before. */
export function readVerdict(answer: unknown): Verdict | undefined {
  if (typeof answer !== 'object' || answer === null || !('allowed' in answer)) return undefined
  if (answer.allowed === true) return {allowed: true}
  if (answer.allowed !== false || !('reason' in answer) || !('retryAfterSeconds' in answer)) return undefined
  const {reason, retryAfterSeconds} = answer
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > LONGEST_REASON) return undefined
  if (typeof retryAfterSeconds !== 'number' || !Number.isSafeInteger(retryAfterSeconds) || retryAfterSeconds < 1)
    return undefined
  return {allowed: false, reason, retryAfterSeconds}
}
