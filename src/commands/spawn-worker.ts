import {taskId} from '../args.ts'
import {requirePerson} from '../domain/role.ts'
import {force} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {fittingAnswer} from '../services/fitting.ts'
import {type Spawned, spawnWorker} from '../services/workers.ts'

export default class SpawnWorker extends PlannerCommand<Spawned> {
  static override summary = 'Start a worker on a task, in a worktree of its own.'
  static override description =
    'The worker gets a Git worktree, a branch and a terminal. One that runs on the task already is returned, never doubled. Tasks it depends on must be done, and their branches merged into the commit it starts from.'
  static override examples = ['<%= config.bin %> spawn-worker TASK-001']
  static override args = {task_id: taskId({required: true, ...offering('startable-task')})}
  static override flags = {
    force: {...force.force, summary: 'Start although a task it depends on is not done or merged. For the person only.'},
  }
  static override exitCodes = {3: 'A worker policy has it wait, or it cannot be told whether a worker runs.'}
  static override access = 'plan' as const
  static override changesSessions = true
  static override tool = {idempotent: true}

  async execute(): Promise<Spawned> {
    const {args, flags} = await this.parse(SpawnWorker)
    if (flags.force) requirePerson(this.caller, 'force')
    const spawned = await spawnWorker(await this.project(flags), args.task_id, {force: flags.force})
    return fittingAnswer(spawned, this.maxBytes)
  }

  render({session, task, already_running}: Spawned): string {
    const state = already_running ? 'already runs' : `is ${session.status}`
    return `${session.name} ${state} on ${task.id}, branch ${task.branch}.\nWatch it: codex-planner attach ${session.name}`
  }
}
