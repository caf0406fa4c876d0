import {sessionName} from '../args.ts'
import {sessionOf} from '../domain/session.ts'
import {offering} from '../offering.ts'
import {type Attach, wayTo, wayToTeam} from '../services/terminals.ts'
import {ViewCommand} from '../view-command.ts'

export default class AttachCommand extends ViewCommand<{attach: Attach}> {
  static override summary = 'Go to the dashboard, or to one session.'
  static override description =
    "Without a name it goes to the dashboard, or to the planner where there is none. Inside the team's own tmux it switches; elsewhere it attaches this terminal. Where neither is possible it prints the line to paste, and for a window of a desktop how to find it."
  static override examples = ['<%= config.bin %> attach', '<%= config.bin %> attach worker-task-001']
  static override args = {session_name: sessionName({...offering('active-session')})}

  async execute(): Promise<{attach: Attach}> {
    const {args, flags} = await this.parse(AttachCommand)
    const project = await this.project(flags)
    const board = await project.board.read()
    const name = args.session_name
    return {attach: name === undefined ? await wayToTeam(project, board) : await wayTo(project, sessionOf(board, name))}
  }

  render({attach}: {attach: Attach}): string {
    return attach.hint
  }
}
