import {type Attach, showDashboard, wayToDashboard} from '../services/terminals.ts'
import {ViewCommand} from '../view-command.ts'

export default class DashboardCommand extends ViewCommand<{attach: Attach}> {
  static override summary = 'Go to the dashboard: a window for each session.'
  static override description =
    'The dashboard has a window for the planner and one for each active worker. It is made anew when it is missing; then the command goes there as attach does. Sessions in windows of a desktop have none; then it says where the planner is.'
  static override examples = ['<%= config.bin %> dashboard']

  async execute(): Promise<{attach: Attach}> {
    const {flags} = await this.parse(DashboardCommand)
    const project = await this.project(flags)
    const board = await project.board.read()
    await showDashboard(project, board)
    return {attach: await wayToDashboard(project, board)}
  }

  render({attach}: {attach: Attach}): string {
    return attach.hint
  }
}
