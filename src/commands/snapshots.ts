import {sessionName} from '../args.ts'
import type {Snapshot} from '../domain/snapshot.ts'
import {format, page} from '../flags.ts'
import {listOutput} from '../list-output.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {listSnapshots, type SnapshotPage} from '../services/snapshot-list.ts'

const COLUMNS = [
  {title: 'SNAPSHOT', value: (snapshot: Snapshot) => snapshot.id},
  {title: 'TASK', value: (snapshot: Snapshot) => snapshot.task_id ?? '-', drop: 1},
  {title: 'TAKEN', value: (snapshot: Snapshot) => snapshot.taken_at.slice(0, 19), drop: 3},
  {title: 'WHY', value: (snapshot: Snapshot) => snapshot.reason ?? '-', drop: 2},
  {title: 'NOT COMMITTED', value: (snapshot: Snapshot) => String(snapshot.paths ?? '-')},
  {title: 'LEFT OUT', value: leftOut, flexible: true},
]

function leftOut({left_out: left}: Snapshot): string {
  if (!left) return '-'
  const named = left.first.slice(0, 2).map(({path, why}) => (why === 'ignored' ? path : `${path} (${why})`))
  const more = left.count > named.length ? [`${left.count - named.length} more`] : []
  return [...named, ...more].join(', ') || 'nothing'
}

export default class Snapshots extends PlannerCommand<SnapshotPage> {
  static override summary = 'List the snapshots of what workers had not committed.'
  static override description =
    'A snapshot is made when a worker hands back, is closed, suspended or lost, and before its worktree is cleaned up. It holds changed, staged and new files, and ignored files up to 10 MiB in all; what was left out is named. The newest comes first. A long list comes in pages: ask again with the cursor it ends with.'
  static override examples = [
    '<%= config.bin %> snapshots',
    '<%= config.bin %> snapshots worker-task-001 --format yaml',
  ]
  static override args = {session_name: sessionName({...offering('any-session')})}
  static override flags = {...page, ...format}
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<SnapshotPage> {
    const {args, flags} = await this.parse(Snapshots)
    return listSnapshots(await this.project(flags), {
      session: args.session_name,
      limit: flags.limit,
      maxBytes: this.maxBytes,
      cursor: flags.cursor,
    })
  }

  async render(result: SnapshotPage): Promise<string> {
    const {args, flags} = await this.parse(Snapshots)
    const of = args.session_name === undefined ? '' : ` ${args.session_name}`
    const none = of === '' ? 'There is no snapshot.' : `There is no snapshot of${of}.`
    const output = await listOutput(flags.format, result, result.snapshots, {columns: COLUMNS, none})
    if (flags.format !== 'table' || result.next_cursor === null) return output
    return `${output}\nMore: codex-planner snapshots${of} --cursor ${result.next_cursor}`
  }
}
