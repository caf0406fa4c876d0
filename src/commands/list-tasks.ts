import {boolean, string} from '@oclif/core/flags'

import {TASK_STATUSES, type Task} from '../domain/task.ts'
import {choices, format, page} from '../flags.ts'
import {listOutput} from '../list-output.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {listTasks, type TaskPage} from '../services/tasks.ts'

const COLUMNS = [
  {title: 'TASK', value: (task: Task) => task.id},
  {title: 'STATUS', value: (task: Task) => task.status},
  {title: 'PRIORITY', value: (task: Task) => task.priority, drop: 1},
  {title: 'OWNER', value: (task: Task) => task.owner ?? '-', drop: 2},
  {title: 'DEPENDS ON', value: (task: Task) => task.depends_on.join(' ') || '-', drop: 3},
  {title: 'TITLE', value: (task: Task) => task.title, flexible: true},
]

export default class ListTasks extends PlannerCommand<TaskPage> {
  static override summary = 'List the tasks on the board.'
  static override description =
    'Shows open tasks by number; with --status or --all the finished ones too, also those that left the board for its archive. A long list comes in pages: ask again with the cursor it ends with.'
  static override examples = [
    '<%= config.bin %> list-tasks',
    '<%= config.bin %> list-tasks --status needs_input --status review_ready',
    '<%= config.bin %> list-tasks --ready --format json',
  ]
  static override flags = {
    status: choices(TASK_STATUSES, {summary: 'Only tasks in this state; may be repeated.'}),
    owner: string({summary: 'Only tasks of this owner.', helpValue: '<name>', ...offering('owner')}),
    ready: boolean({summary: 'Only tasks that a worker could start on now.'}),
    all: boolean({summary: 'Done and cancelled tasks too.'}),
    ...page,
    ...format,
  }
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<TaskPage> {
    const {flags} = await this.parse(ListTasks)
    return listTasks(await this.project(flags), {
      statuses: flags.status ?? [],
      owner: flags.owner,
      ready: flags.ready,
      all: flags.all,
      limit: flags.limit,
      maxBytes: this.maxBytes,
      cursor: flags.cursor,
    })
  }

  async render(result: TaskPage): Promise<string> {
    const {flags} = await this.parse(ListTasks)
    const output = await listOutput(flags.format, result, result.tasks, {columns: COLUMNS, none: 'No task matches.'})
    if (flags.format !== 'table' || result.next_cursor === null) return output
    return `${output}\n${result.tasks.length} of ${result.total}. More: codex-planner list-tasks --cursor ${result.next_cursor}`
  }
}
