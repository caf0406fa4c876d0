import {taskId} from '../args.ts'
import {printable, printableLines} from '../domain/text.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {findTask, fittingTask, type ShownTask} from '../services/tasks.ts'

export default class ShowTask extends PlannerCommand<{task: ShownTask}> {
  static override summary = 'Show everything about one task.'
  static override description =
    'Title, description, what it may change, acceptance conditions, branch, worktree and where it stands.'
  static override examples = ['<%= config.bin %> show-task TASK-001']
  static override args = {task_id: taskId({required: true, ...offering('any-task')})}
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<{task: ShownTask}> {
    const {args, flags} = await this.parse(ShowTask)
    const project = await this.project(flags)
    const bound = this.maxBytes === null ? null : this.maxBytes - 200
    return {task: fittingTask(await findTask(project, args.task_id), bound)}
  }

  render({task}: {task: ShownTask}): string {
    const list = (title: string, items: readonly string[]) =>
      items.length === 0
        ? []
        : ['', `${title}:`, ...items.map(item => `  - ${printableLines(item).replaceAll('\n', '\n    ')}`)]
    return [
      `${task.id}  ${printable(task.title)}`,
      `${task.status}, ${task.priority} priority, ${task.owner === null ? 'no owner' : `owner ${printable(task.owner)}`}`,
      ...(task.branch === null
        ? []
        : [`Branch ${printable(task.branch)} in ${printable(task.worktree ?? '')}, from ${task.base_commit}`]),
      `Handoff ${printable(task.handoff_file)}`,
      ...(task.description === '' ? [] : ['', printableLines(task.description)]),
      ...list('Acceptance', task.acceptance),
      ...list('May change', task.write_scope),
      ...list('Read first', task.read_scope),
      ...list('Depends on', task.depends_on),
    ].join('\n')
  }
}
