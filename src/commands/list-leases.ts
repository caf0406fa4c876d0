import {roughTime} from '../domain/lease-wait.ts'
import {format, page} from '../flags.ts'
import {listOutput} from '../list-output.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Leases, type LeaseView, listLeases, type WaitingView} from '../services/lease-list.ts'

type Entry = LeaseView | WaitingView

const COLUMNS = [
  {title: 'LEASE', value: (entry: Entry) => entry.id},
  {title: 'STATE', value: stateOf},
  {title: 'SESSION', value: (entry: Entry) => entry.session},
  {title: 'SINCE', value: (entry: Entry) => ('taken_at' in entry ? entry.taken_at : entry.queued_at).slice(0, 19)},
  {title: 'PURPOSE', value: (entry: Entry) => entry.purpose, flexible: true},
  {title: 'PROJECT', value: (entry: Entry) => entry.project, flexible: true},
]

function stateOf(entry: Entry): string {
  if ('queue_position' in entry) {
    const {queue_position, expected_wait_seconds: wait} = entry
    return `place ${queue_position}${wait === null ? '' : `, about ${roughTime(wait)}`}`
  }
  if (entry.holder === 'command' && entry.process === 'alive') return 'runs'
  return `held, ${entry.expires_in_seconds} s left`
}

export default class ListLeases extends PlannerCommand<Leases> {
  static override summary = 'List the heavy commands of this host: who holds a lease, and who waits.'
  static override description =
    'Those that hold come first, the oldest on top; then the queue in its order, with the time until its turn where the commands before it allow an estimate. All repositories of this user are in it. A long list comes in pages: ask again with the cursor it ends with.'
  static override examples = ['<%= config.bin %> list-leases', '<%= config.bin %> list-leases --format yaml']
  static override flags = {...page, ...format}
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<Leases> {
    const {flags} = await this.parse(ListLeases)
    const host = await this.hostOf(flags)
    return listLeases(host, {limit: flags.limit, maxBytes: this.maxBytes, cursor: flags.cursor})
  }

  async render(result: Leases): Promise<string> {
    const {flags} = await this.parse(ListLeases)
    const none = 'No heavy command holds a lease, and none waits.'
    const output = await listOutput<Entry>(flags.format, result, [...result.leases, ...result.queue], {
      columns: COLUMNS,
      none,
    })
    if (flags.format !== 'table') return output
    const isEstimated = result.queue.some(({expected_wait_seconds}) => expected_wait_seconds !== null)
    return [
      output,
      ...(isEstimated ? ['How long a place waits is an estimate, from how long commands took before.'] : []),
      ...(result.next_cursor === null ? [] : [`More: codex-planner list-leases --cursor ${result.next_cursor}`]),
    ].join('\n')
  }
}
