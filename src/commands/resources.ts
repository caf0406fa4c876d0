import {roughTime} from '../domain/lease-wait.ts'
import {printable} from '../domain/text.ts'
import {PlannerCommand} from '../planner-command.ts'
import type {LeaseView, WaitingView} from '../services/lease-list.ts'
import {type Admitted, lookAtResources, type Resources} from '../services/resources.ts'

export default class ResourcesCommand extends PlannerCommand<Resources> {
  static override summary = 'Show how busy this host is, and whether heavy work may begin on it.'
  static override description =
    'Processors, load and memory; pressure, which is the share of the last ten seconds in which work stood still for want of processors, memory or disks, where the system tells it; the leases for heavy commands with their limit, who holds them since when, who waits, and for how long that may go on; and the thresholds, as the configuration sets them, for heavy commands and for starting workers.'
  static override examples = ['<%= config.bin %> resources', '<%= config.bin %> resources --json']
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<Resources> {
    const {flags} = await this.parse(ResourcesCommand)
    return lookAtResources(await this.hostOf(flags), {maxBytes: this.maxBytes})
  }

  render({host, heavy, worker_launch}: Resources): string {
    const source = heavy.limit_from === 'cpus' ? 'half of the processors, at least 1' : 'max_heavy_leases'
    return [
      `Processors: ${host.cpus}`,
      `Load average over one minute: ${host.load_average_1?.toFixed(2) ?? 'not known here'}`,
      `Memory available to programs: ${host.memory_available_gb === null ? 'not known here' : `${host.memory_available_gb.toFixed(2)} GiB`}`,
      `Pressure over ten seconds: ${pressure(host.pressure)}`,
      '',
      `Heavy leases: ${heavy.held} of ${heavy.limit} held, ${heavy.queued} waiting (limit: ${source})`,
      ...heavy.leases.map(holding),
      ...heavy.queue.map(waiting),
      ...(heavy.leases.length + heavy.queue.length < heavy.held + heavy.queued
        ? ['  More: codex-planner list-leases']
        : []),
      `Heavy thresholds: ${thresholds(heavy)}`,
      `Heavy commands: ${verdict(heavy)}`,
      '',
      `Worker thresholds: ${thresholds(worker_launch)}`,
      `Worker launch: ${verdict(worker_launch)}`,
    ].join('\n')
  }
}

function holding({id, session, purpose, project, taken_at}: LeaseView): string {
  return `  ${id}: ${session} holds it since ${clockTime(taken_at)} for ${named({purpose, project})}`
}

function waiting({queue_position, session, purpose, project, queued_at, expected_wait_seconds}: WaitingView): string {
  const wait =
    expected_wait_seconds === null
      ? 'for how long is not known'
      : `its turn is expected in about ${roughTime(expected_wait_seconds)} (an estimate)`
  return `  Place ${queue_position}: ${session} waits since ${clockTime(queued_at)} for ${named({purpose, project})}; ${wait}`
}

function named({purpose, project}: Pick<LeaseView, 'purpose' | 'project'>): string {
  return `“${printable(purpose)}” in ${printable(project)}`
}

function clockTime(at: string): string {
  return `${at.slice(0, 19)}Z`
}

function pressure(told: Resources['host']['pressure']): string {
  if (told === null) return 'not known here'
  const {cpu_some_avg10, memory_full_avg10, io_full_avg10} = told
  return `some work waits for processors ${percent(cpu_some_avg10)}; all work waits for memory ${percent(memory_full_avg10)}, for disks ${percent(io_full_avg10)}`
}

function percent(share: number | null): string {
  return share === null ? '(not known here)' : `${share.toFixed(2)} %`
}

function thresholds({max_loadavg_1, min_mem_available_gb, max_cpu_pressure, max_memory_pressure}: Admitted): string {
  const load = max_loadavg_1 === null ? 'no limit of the load' : `load below ${max_loadavg_1}`
  const memory =
    min_mem_available_gb === null ? 'no minimum of memory' : `at least ${min_mem_available_gb} GiB of memory`
  const pressures = [
    ...(max_cpu_pressure === null ? [] : [`processor pressure below ${max_cpu_pressure} %`]),
    ...(max_memory_pressure === null ? [] : [`memory pressure below ${max_memory_pressure} %`]),
  ]
  return [load, memory, ...pressures].join(', ')
}

function verdict({reason, retry_after_seconds}: Admitted): string {
  return reason === null ? 'allowed' : `deferred: ${printable(reason)} Try again in ${retry_after_seconds} s.`
}
