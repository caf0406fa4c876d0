import type {HostLoad, Thresholds, WorkRequest} from '../worker-policy.ts'

export type Facts = [request: WorkRequest, load: HostLoad, thresholds: Thresholds]

const REQUESTS: readonly WorkRequest[] = [
  {kind: 'worker', taskId: 'TASK-001', writeScope: [], active: []},
  {
    kind: 'worker',
    taskId: 'TASK-002',
    writeScope: ['src/**', 'README.md'],
    active: [{taskId: 'TASK-001', writeScope: ['src/**']}],
  },
  {
    kind: 'worker',
    taskId: 'TASK-1000',
    writeScope: ['', '**', '../x', 'a\nb', '[', '\\', '{a,b', '日本 👍🏽'],
    active: [],
  },
  {
    kind: 'worker',
    taskId: 'TASK-003',
    writeScope: ['docs/'],
    active: Array.from({length: 200}, (_, index) => ({
      taskId: `TASK-${index + 100}`,
      writeScope: ['docs/', `${index}`],
    })),
  },
  {kind: 'heavy', taskId: 'TASK-001', writeScope: ['src/**'], active: [{taskId: 'TASK-002', writeScope: ['src/**']}]},
  {kind: 'heavy', taskId: null, writeScope: [], active: [{taskId: 'TASK-002', writeScope: ['src/**']}]},
  {kind: 'heavy', taskId: null, writeScope: [], active: []},
]

const LOADS: readonly HostLoad[] = [
  {cpuCount: 8, loadAverage1: 0, memoryAvailableGb: 64},
  {cpuCount: 1, loadAverage1: 123.456, memoryAvailableGb: 0},
  {cpuCount: 2, loadAverage1: 2, memoryAvailableGb: 4},
  {cpuCount: 4, loadAverage1: 9},
  {cpuCount: 4, memoryAvailableGb: 0.25},
  {cpuCount: 2, pressure: {cpu: {someAverage10: 100, fullAverage10: 0}, memory: {someAverage10: 7, fullAverage10: 5}}},
  {cpuCount: 2, pressure: {cpu: {someAverage10: 12.5}, io: {someAverage10: 0, fullAverage10: 0}}},
  {cpuCount: 2, pressure: {}},
  {cpuCount: 1},
]

const THRESHOLDS: readonly Thresholds[] = [
  {},
  {maxLoadAverage1: 2, minMemoryAvailableGb: 4},
  {maxLoadAverage1: 0.01},
  {minMemoryAvailableGb: 65_536},
  {maxCpuPressure: 12.5, maxMemoryPressure: 5},
]

/** Facts as they come about on any machine, frozen to the ground. */
export function someFacts(): Facts[] {
  return REQUESTS.flatMap(request =>
    LOADS.flatMap(load => THRESHOLDS.map(thresholds => frozen<Facts>(structuredClone([request, load, thresholds])))),
  )
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}
