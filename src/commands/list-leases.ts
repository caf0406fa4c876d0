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
  if ('queue_position' in entry) return `place ${entry.queue_position}`
  if (entry.holder === 'command' && entry.process === 'alive') return 'runs'
  return `held, ${entry.expires_in_seconds} s left`
}

export default class ListLeases extends PlannerCommand<Leases> {
  static override summary = 'List the heavy commands of this host: who holds a lease, and who waits.'
  static override description =
    'Those that hold come first, the oldest on top; then the queue in its order. All repositories of this user are in it. A long list comes in pages: ask again with the cursor it ends with.'
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
    if (flags.format !== 'table' || result.next_cursor === null) return output
    return `${output}\nMore: codex-planner list-leases --cursor ${result.next_cursor}`
  }
}
