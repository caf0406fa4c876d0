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

/** For how much of the last ten seconds work stood still for want of one thing: percent of the time, 0 to 100. */
export interface Stall {
  /** At least one task waited for it. */
  someAverage10: number
  /** All tasks that were not idle waited for it at once; of processors some kernels do not tell this, and others say 0. */
  fullAverage10?: number
}

/** Linux's pressure stall information, of the whole machine also inside a container. */
export interface Pressure {
  cpu?: Stall
  memory?: Stall
  io?: Stall
}

/** What the system cannot tell is left out. */
export interface HostLoad {
  cpuCount: number
  /** One-minute load average. */
  loadAverage1?: number
  /** GiB that programs can still take without swapping. */
  memoryAvailableGb?: number
  /** Not there without `/proc/pressure`: a kernel before 4.20, one that was built or started without it, or another system. */
  pressure?: Pressure
}

/** The limits for this kind of work, as the person set them; one that is not set is left out. */
export interface Thresholds {
  maxLoadAverage1?: number
  minMemoryAvailableGb?: number
  /** Of `pressure.cpu.someAverage10`. */
  maxCpuPressure?: number
  /** Of `pressure.memory.fullAverage10`. */
  maxMemoryPressure?: number
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
