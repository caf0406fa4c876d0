import type {PluginHost} from './plugin-host.ts'

export interface WorkRequest {
  taskId: string
  writeScope: readonly string[]
  /** The tasks that a live worker is on, without this one. */
  active: readonly {taskId: string; writeScope: readonly string[]}[]
}

export interface HostLoad {
  cpuCount: number
  /** One-minute load average; undefined where the system has none. */
  loadAverage1?: number
  /** GiB that programs can still take without swapping. */
  memoryAvailableGb?: number
}

export interface Thresholds {
  maxLoadAverage1?: number
  minMemoryAvailableGb?: number
}

export type Verdict = {allowed: true} | {allowed: false; reason: string; retryAfterSeconds: number}

export interface WorkerPolicy {
  readonly name: string
  readonly api: 1
  /** Decides from the facts alone. The first refusal wins. */
  admit(request: WorkRequest, load: HostLoad, thresholds: Thresholds): Verdict
}

/** The oclif hook `worker-policy`. */
export type WorkerPolicyHook = (options: {hostFor: (plugin: string) => PluginHost}) => Promise<WorkerPolicy>
