import {string} from '@oclif/core/args'
import {string as stringFlag} from '@oclif/core/flags'

import {PRIORITIES, type Task} from '../domain/task.ts'
import {printable} from '../domain/text.ts'
import {choice, repeatable} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {fittingAnswer} from '../services/fitting.ts'
import {createTask} from '../services/tasks.ts'

export default class CreateTask extends PlannerCommand<{task: Task}> {
  static override summary = 'Add a task to the board.'
  static override description =
    'The task gets the next number and a handoff file, and waits until a worker is started on it. Give acceptance conditions that can be checked by running something.'
  static override examples = [
    `<%= config.bin %> create-task 'Reject empty names' --write-scope src/names.ts --acceptance 'npm test passes'`,
    `<%= config.bin %> create-task 'Tell the caller why' --depends-on TASK-001 --priority high`,
  ]
  static override args = {
    title: string({required: true, ignoreStdin: true, description: 'The result the worker should reach, in one line.'}),
  }
  static override flags = {
    description: stringFlag({
      summary: 'Why it is wanted, how it could be done, and what to watch out for.',
      helpValue: '<text>',
    }),
    'write-scope': repeatable({
      summary: 'A path or glob the worker may change.',
      helpValue: '<path>',
      ...offering('path'),
    }),
    'read-scope': repeatable({
      summary: 'A path the worker should read first.',
      helpValue: '<path>',
      ...offering('path'),
    }),
    acceptance: repeatable({summary: 'A condition that must hold when the task is done.'}),
    priority: choice(PRIORITIES, {summary: 'How soon it is wanted; normal unless said.'}),
    'depends-on': repeatable({
      summary: 'A task that must be done first.',
      helpValue: '<task>',
      ...offering('dependency'),
    }),
  }
  static override access = 'plan' as const
  static override tool = {}

  async execute(): Promise<{task: Task}> {
    const {args, flags} = await this.parse(CreateTask)
    const task = await createTask(await this.project(flags), {
      title: args.title,
      description: flags.description,
      write_scope: flags['write-scope'],
      read_scope: flags['read-scope'],
      acceptance: flags.acceptance,
      priority: flags.priority,
      depends_on: flags['depends-on'],
    })
    return fittingAnswer({task}, this.maxBytes)
  }

  render({task}: {task: Task}): string {
    return `Created ${task.id}: ${printable(task.title)}`
  }
}
