import type {PluginHost} from './plugin-host.ts'

export interface WorkRequest {
  /** A new worker, or a heavy command that wants a lease. */
  kind: 'worker' | 'heavy'
  /** Null for heavy work without a task. */
  taskId: string | null
  writeScope: readonly string[]
  /** The tasks that a live worker is on, without this one. */
  active: readonly {taskId: string; writeScope: readonly string[]}[]
}

/** What the system cannot tell is left out. */
export interface HostLoad {
  cpuCount: number
  /** One-minute load average. */
  loadAverage1?: number
  /** GiB that programs can still take without swapping. */
  memoryAvailableGb?: number
}

/** The limits for this kind of work, as the person set them; one that is not set is left out. */
export interface Thresholds {
  maxLoadAverage1?: number
  minMemoryAvailableGb?: number
}

/** The reason is one line of sentences for a person, with a full stop at the end; the seconds are a whole number above 0. */
export type Verdict = {allowed: true} | {allowed: false; reason: string; retryAfterSeconds: number}

export interface WorkerPolicy {
  /** `[a-z][a-z0-9-]{0,31}`. */
  readonly name: string
  readonly api: 1
  /** Decides at once, from these facts alone, and changes none of them. The first refusal wins. */
  admit(request: WorkRequest, load: HostLoad, thresholds: Thresholds): Verdict
}

/** The oclif hook `worker-policy`. */
export type WorkerPolicyHook = (options: {hostFor: (plugin: string) => PluginHost}) => Promise<WorkerPolicy>
