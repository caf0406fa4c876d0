import {boolean, string} from '@oclif/core/flags'

import {taskId} from '../args.ts'
import {PRIORITIES, TASK_STATUSES, type Task} from '../domain/task.ts'
import {printable} from '../domain/text.ts'
import {choice, repeatable} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {fittingAnswer} from '../services/fitting.ts'
import {LIST_FIELDS, updateTask} from '../services/tasks.ts'

export default class UpdateTask extends PlannerCommand<{task: Task}> {
  static override summary = 'Change a task: its text, status, owner or conditions.'
  static override description =
    'Sets what is given and leaves the rest. Flags of lists add to the list; with the matching --clear flag it is emptied first. A change of status alone never ends a session. A handoff file that is gone is made again.'
  static override examples = [
    '<%= config.bin %> update-task TASK-001 --status done',
    `<%= config.bin %> update-task TASK-001 --status blocked --clear-owner --acceptance 'The design is decided'`,
  ]
  static override args = {task_id: taskId({required: true, ...offering('open-task')})}
  static override flags = {
    title: string({summary: 'A new title.', helpValue: '<text>'}),
    description: string({summary: 'A new description.', helpValue: '<text>'}),
    status: choice(TASK_STATUSES, {summary: 'The status it moves to.'}),
    owner: string({summary: 'Who has it.', helpValue: '<name>', exclusive: ['clear-owner'], ...offering('owner')}),
    'clear-owner': boolean({summary: 'Nobody has it any more. Not together with --owner.'}),
    priority: choice(PRIORITIES, {summary: 'How soon it is wanted.'}),
    'write-scope': repeatable({
      summary: 'One more path the worker may change.',
      helpValue: '<path>',
      ...offering('path'),
    }),
    'clear-write-scope': boolean({summary: 'Empty the write scope first.'}),
    'read-scope': repeatable({summary: 'One more path to read first.', helpValue: '<path>', ...offering('path')}),
    'clear-read-scope': boolean({summary: 'Empty the read scope first.'}),
    acceptance: repeatable({summary: 'One more condition that must hold.'}),
    'clear-acceptance': boolean({summary: 'Empty the acceptance conditions first.'}),
    'depends-on': repeatable({
      summary: 'One more task that must be done first.',
      helpValue: '<task>',
      ...offering('dependency'),
    }),
    'clear-depends-on': boolean({summary: 'Empty the dependencies first.'}),
  }
  static override access = 'plan' as const
  static override tool = {idempotent: false}

  async execute(): Promise<{task: Task}> {
    const {args, flags} = await this.parse(UpdateTask)
    const cleared = {
      write_scope: flags['clear-write-scope'],
      read_scope: flags['clear-read-scope'],
      acceptance: flags['clear-acceptance'],
      depends_on: flags['clear-depends-on'],
    }
    const task = await updateTask(await this.project(flags), args.task_id, {
      set: {
        title: flags.title,
        description: flags.description,
        status: flags.status,
        owner: flags['clear-owner'] ? null : flags.owner,
        priority: flags.priority,
      },
      add: {
        write_scope: flags['write-scope'],
        read_scope: flags['read-scope'],
        acceptance: flags.acceptance,
        depends_on: flags['depends-on'],
      },
      clear: LIST_FIELDS.filter(field => cleared[field]),
    })
    return fittingAnswer({task}, this.maxBytes)
  }

  render({task}: {task: Task}): string {
    return `${task.id} is ${task.status}: ${printable(task.title)}`
  }
}
