import {goTo} from '../go-to.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Attach, showDashboard, wayToTeam} from '../services/terminals.ts'

export default class DashboardCommand extends PlannerCommand<{attach: Attach}> {
  static override summary = 'Show the planner and the workers side by side.'
  static override description = 'Makes the dashboard anew when it is missing, then goes there as attach does.'
  static override examples = ['<%= config.bin %> dashboard']
  static override access = 'operate' as const

  async execute(): Promise<{attach: Attach}> {
    const {flags} = await this.parse(DashboardCommand)
    const project = await this.project(flags)
    const board = await project.board.read()
    await showDashboard(project, board)
    return {attach: await wayToTeam(project, board)}
  }

  override async run(): Promise<{attach: Attach}> {
    const result = await super.run()
    if (!this.jsonEnabled()) await goTo(result.attach)
    return result
  }

  render({attach}: {attach: Attach}): string {
    return attach.hint
  }
}
