import {sessionName} from '../args.ts'
import {requireOwnSession} from '../domain/role.ts'
import {isActive} from '../domain/session.ts'
import {closing} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Closed, closeSession} from '../services/ending.ts'
import {fittingAnswer} from '../services/fitting.ts'

export default class CloseSession extends PlannerCommand<Closed> {
  static override summary = 'End any session, the planner too.'
  static override description =
    'A session that closes itself ends when its turn is over, at the latest after 30 s. Files that are not committed are kept in a snapshot; worktrees and branches stay. Closing a session that is gone is success.'
  static override examples = [
    '<%= config.bin %> close-session planner',
    '<%= config.bin %> close-session worker-task-001 --task-status review_ready',
  ]
  static override args = {session_name: sessionName({required: true, ...offering('closable-session')})}
  static override flags = {...closing}
  static override exitCodes = {3: 'Something of it still runs, or it cannot be told whether it does.'}
  static override access = 'work' as const
  static override changesSessions = true
  static override tool = {destructive: true, idempotent: true, without: ['keep-terminal-running']}

  async execute(): Promise<Closed> {
    const {args, flags} = await this.parse(CloseSession)
    requireOwnSession(this.caller, args.session_name)
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

export function closedText({session, task}: Closed): string {
  const state = isActive(session) ? 'ends when its turn is over' : `is ${session.status}`
  return `${session.name} ${state}.${task === null ? '' : ` ${task.id} is ${task.status}; its worktree ${session.worktree} is kept.`}`
}
