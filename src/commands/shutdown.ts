import type {Session} from '../domain/session.ts'
import {PlannerCommand} from '../planner-command.ts'
import {endTeam} from '../services/team.ts'

export default class Shutdown extends PlannerCommand<{sessions: Session[]}> {
  static override summary = 'End every session for good, and the dashboard.'
  static override description =
    'The workers end first and the planner last; suspended sessions are closed too. Worktrees, branches, handoffs and conversations stay, but no worker comes back by itself. The next call of the program resumes the planner alone.'
  static override examples = ['<%= config.bin %> shutdown']
  static override access = 'operate' as const
  static override changesSessions = true

  async execute(): Promise<{sessions: Session[]}> {
    const {flags} = await this.parse(Shutdown)
    return {sessions: await endTeam(await this.project(flags), 'closed')}
  }

  render({sessions}: {sessions: Session[]}): string {
    if (sessions.length === 0) return 'No session runs, and none is suspended.'
    const lines = sessions.map(({name, status}) => `${name} is ${status}.`)
    return [...lines, 'Worktrees and branches are kept. Begin again with: codex-planner'].join('\n')
  }
}
