import {string} from '@oclif/core/flags'

import {taskId} from '../args.ts'
import type {Session} from '../domain/session.ts'
import type {Task} from '../domain/task.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {resumeTask} from '../services/answer.ts'
import {fittingAnswer} from '../services/fitting.ts'

export default class ResumeTask extends PlannerCommand<{task: Task; session: Session}> {
  static override summary = 'Answer a worker, or send back what it handed in.'
  static override description =
    'The note goes into the handoff and into the conversation. A worker that runs gets it as its next message; one that ended comes back with it, in the same worktree and conversation.'
  static override examples = [`<%= config.bin %> resume-task TASK-001 --note 'Keep the old spelling as an alias.'`]
  static override args = {task_id: taskId({required: true, ...offering('answerable-task')})}
  static override flags = {
    note: string({
      summary: 'The answer, or what is missing.',
      helpValue: '<text>',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
    }),
  }
  static override exitCodes = {
    3: 'It cannot be told whether the worker runs, it cannot be reached now, or a worker policy has it wait; then only the note is kept, in the handoff.',
  }
  static override access = 'plan' as const
  static override changesSessions = true
  static override tool = {}

  async execute(): Promise<{task: Task; session: Session}> {
    const {args, flags} = await this.parse(ResumeTask)
    return fittingAnswer(await resumeTask(await this.project(flags), args.task_id, flags.note), this.maxBytes)
  }

  render({task, session}: {task: Task; session: Session}): string {
    return `${session.name} goes on with ${task.id}; it is ${session.status}.`
  }
}
