import {string} from '@oclif/core/flags'

import {taskId} from '../args.ts'
import {requirePerson} from '../domain/role.ts'
import {printable} from '../domain/text.ts'
import {force, repeatable} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {fittingHandBack} from '../services/fitting.ts'
import {type HandedBack, requestReview} from '../services/hand-back.ts'

export default class RequestReview extends PlannerCommand<HandedBack> {
  static override summary = 'Hand a task back to the planner for review.'
  static override description =
    'For workers. The task becomes review_ready, summary and details go into its handoff, and the planner is told. Refused when there is neither a commit nor a summary. Files that are not committed are named and kept in a snapshot; they are not handed back.'
  static override examples = [
    `<%= config.bin %> request-review TASK-001 --summary 'Empty names are refused' --detail 'npm test: 41 passing'`,
  ]
  static override args = {task_id: taskId({required: true, ...offering('reviewable-task')})}
  static override flags = {
    summary: string({summary: 'What was done, or found out.', helpValue: '<text>'}),
    detail: repeatable({summary: 'A command that was run and its result, what was left out, what to look at.'}),
    force: {
      ...force.force,
      summary: 'Hand back although there is neither a commit nor a summary. For the person only.',
    },
  }
  static override access = 'work' as const
  static override changesSessions = true
  static override tool = {}

  async execute(): Promise<HandedBack> {
    const {args, flags} = await this.parse(RequestReview)
    if (flags.force) requirePerson(this.caller, 'force')
    const project = await this.project(flags)
    const handed = await requestReview(project, args.task_id, {
      summary: flags.summary,
      details: flags.detail ?? [],
      force: flags.force,
    })
    return fittingHandBack(handed, this.maxBytes)
  }

  render({task, uncommitted, warnings}: HandedBack): string {
    const left = uncommitted.map(path => `  ${printable(path)}`)
    return [
      `${task.id} is ${task.status}.`,
      ...(left.length > 0 ? ['Not committed, so not handed back:', ...left] : []),
      ...warnings.map(printable),
    ].join('\n')
  }
}
