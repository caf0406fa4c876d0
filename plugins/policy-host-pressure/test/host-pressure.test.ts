import assert from 'node:assert/strict'

import type {HostLoad, Pressure, Thresholds, WorkerPolicyHook, WorkRequest} from '@codex-planner/plugin-api'
import {describeWorkerPolicy} from '@codex-planner/plugin-api/testing'

import {hostPressure} from '../src/host-pressure.ts'
import provide from '../src/provide.ts'

const WORKER: WorkRequest = {kind: 'worker', taskId: 'TASK-001', writeScope: [], active: []}

describeWorkerPolicy('host pressure', () => hostPressure)

describe('host pressure', () => {
  const refused = (reason: string) => ({allowed: false, reason, retryAfterSeconds: 45})
  const refusedSoon = (reason: string) => ({allowed: false, reason, retryAfterSeconds: 15})
  const admitted = {allowed: true}
  const stalls = (given: {[Name in keyof Pressure]: [some: number, full: number]}): {pressure: Pressure} => ({
    pressure: Object.fromEntries(
      Object.entries(given).map(([name, [some, full]]) => [name, {someAverage10: some, fullAverage10: full}]),
    ),
  })

  const table: [what: string, load: Omit<HostLoad, 'cpuCount'>, thresholds: Thresholds, verdict: object][] = [
    ['admits below the limit of load', {loadAverage1: 2.39}, {maxLoadAverage1: 2.4}, admitted],
    [
      'refuses at the limit of load',
      {loadAverage1: 2.4},
      {maxLoadAverage1: 2.4},
      refused('The load average over one minute is 2.40; the limit is 2.40.'),
    ],
    [
      'refuses over the limit of load',
      {loadAverage1: 3.4},
      {maxLoadAverage1: 2.4},
      refused('The load average over one minute is 3.40; the limit is 2.40.'),
    ],
    ['admits at the minimum of memory', {memoryAvailableGb: 8}, {minMemoryAvailableGb: 8}, admitted],
    [
      'refuses below the minimum of memory',
      {memoryAvailableGb: 5.25},
      {minMemoryAvailableGb: 8},
      refused('The memory available to programs is 5.25 GiB; the minimum is 8.00 GiB.'),
    ],
    [
      'never shows memory that is short as if it were enough',
      {memoryAvailableGb: 7.999},
      {minMemoryAvailableGb: 8},
      refused('The memory available to programs is 7.99 GiB; the minimum is 8.00 GiB.'),
    ],
    [
      'says both when both are short',
      {loadAverage1: 12, memoryAvailableGb: 0.5},
      {maxLoadAverage1: 4, minMemoryAvailableGb: 6},
      refused(
        'The load average over one minute is 12.00; the limit is 4.00. The memory available to programs is 0.50 GiB; the minimum is 6.00 GiB.',
      ),
    ],
    [
      'says the one that is short',
      {loadAverage1: 1, memoryAvailableGb: 0.5},
      {maxLoadAverage1: 4, minMemoryAvailableGb: 6},
      refused('The memory available to programs is 0.50 GiB; the minimum is 6.00 GiB.'),
    ],
    [
      'shows a limit with all the digits it was set with',
      {loadAverage1: 1},
      {maxLoadAverage1: 0.125},
      refused('The load average over one minute is 1.00; the limit is 0.125.'),
    ],
    [
      'has no limit of its own',
      {
        loadAverage1: 500,
        memoryAvailableGb: 0,
        pressure: {cpu: {someAverage10: 100}, memory: {someAverage10: 100, fullAverage10: 100}},
      },
      {},
      admitted,
    ],
    ['admits below the limit of processor pressure', stalls({cpu: [89.99, 0]}), {maxCpuPressure: 90}, admitted],
    [
      'refuses at the limit of processor pressure, and for a shorter time',
      stalls({cpu: [90, 0]}),
      {maxCpuPressure: 90},
      refusedSoon('Some work waited for a processor 90.00 % of the last ten seconds; the limit is 90.00 %.'),
    ],
    ['admits while only some work waits for memory', stalls({memory: [95, 9.99]}), {maxMemoryPressure: 10}, admitted],
    [
      'refuses while all work waits for memory',
      stalls({memory: [95, 12.5]}),
      {maxMemoryPressure: 10},
      refusedSoon('All work waited for memory 12.50 % of the last ten seconds; the limit is 10.00 %.'),
    ],
    [
      'says every limit that is reached, and takes the longest time',
      {loadAverage1: 12, ...stalls({cpu: [99, 0], memory: [50, 40]})},
      {maxLoadAverage1: 4, maxCpuPressure: 90, maxMemoryPressure: 10},
      refused(
        'The load average over one minute is 12.00; the limit is 4.00. Some work waited for a processor 99.00 % of the last ten seconds; the limit is 90.00 %. All work waited for memory 40.00 % of the last ten seconds; the limit is 10.00 %.',
      ),
    ],
    [
      'admits where the system tells no pressure',
      {loadAverage1: 0},
      {maxCpuPressure: 0.01, maxMemoryPressure: 0.01},
      admitted,
    ],
    [
      'admits where the system tells the pressure of disks alone',
      {pressure: {io: {someAverage10: 100, fullAverage10: 100}}},
      {maxCpuPressure: 0.01, maxMemoryPressure: 0.01},
      admitted,
    ],
    [
      'admits on no memory when that is what the person set',
      {memoryAvailableGb: 0},
      {minMemoryAvailableGb: 0},
      admitted,
    ],
    ['admits where the system tells no load', {memoryAvailableGb: 9}, {maxLoadAverage1: 0.01}, admitted],
    ['admits where the system tells no memory', {loadAverage1: 0}, {minMemoryAvailableGb: 65_536}, admitted],
    ['admits on a load that is no number', {loadAverage1: Number.NaN}, {maxLoadAverage1: 1}, admitted],
  ]
  for (const [what, load, thresholds, verdict] of table) {
    it(what, () => assert.deepEqual(hostPressure.admit(WORKER, {cpuCount: 2, ...load}, thresholds), verdict))
  }

  it('holds heavy commands to the same rule', () => {
    const heavy: WorkRequest = {...WORKER, kind: 'heavy', taskId: null}
    assert.deepEqual(
      hostPressure.admit(heavy, {cpuCount: 2, loadAverage1: 3}, {maxLoadAverage1: 1}),
      refused('The load average over one minute is 3.00; the limit is 1.00.'),
    )
  })

  it('is what the plugin provides, and asks nothing of its host', async () => {
    const hook: WorkerPolicyHook = provide
    const provided = await hook({hostFor: () => assert.fail('asked')})
    assert.equal(provided, hostPressure)
    assert.equal(provided.name, 'host-pressure')
  })
})
