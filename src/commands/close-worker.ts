import {sessionName} from '../args.ts'
import {PlannerError} from '../domain/errors.ts'
import {closing} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Closed, closeSession} from '../services/ending.ts'
import {fittingAnswer} from '../services/fitting.ts'
import {closedText} from './close-session.ts'

export default class CloseWorker extends PlannerCommand<Closed> {
  static override summary = 'End a worker. Its worktree and branch stay.'
  static override description =
    'Ends Codex and everything it started, keeps files that are not committed in a snapshot, and closes the terminal. The worktree and its branch stay where they are. Closing a worker that is gone is success.'
  static override examples = [
    '<%= config.bin %> close-worker worker-task-001',
    '<%= config.bin %> close-worker worker-task-001 --task-status done',
  ]
  static override args = {session_name: sessionName({required: true, ...offering('closable-worker')})}
  static override flags = {...closing}
  static override exitCodes = {3: 'Something of it still runs, or it cannot be told whether it does.'}
  static override access = 'plan' as const
  static override changesSessions = true
  static override tool = {destructive: true, idempotent: true, without: ['keep-terminal-running']}

  async execute(): Promise<Closed> {
    const {args, flags} = await this.parse(CloseWorker)
    if (!args.session_name.startsWith('worker-')) {
      throw new PlannerError('INVALID_ARGUMENT', `${args.session_name} is no worker.`, [
        `codex-planner close-session ${args.session_name}`,
      ])
    }
    const closed = await closeSession(await this.project(flags), args.session_name, {
      status: 'closed',
      taskStatus: flags['task-status'] ?? null,
      keepTerminal: flags['keep-terminal-running'],
    })
    return fittingAnswer(closed, this.maxBytes)
  }

  render(closed: Closed): string {
    return closedText(closed)
  }
}
