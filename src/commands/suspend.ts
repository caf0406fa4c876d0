import type {Session} from '../domain/session.ts'
import {PlannerCommand} from '../planner-command.ts'
import {endTeam} from '../services/team.ts'

export default class Suspend extends PlannerCommand<{sessions: Session[]}> {
  static override summary = 'End every session so that it can go on later.'
  static override description =
    'The workers end first and the planner last. Each keeps its conversation, its worktree and its branch, and what is not committed is kept in a snapshot as well. The next call of the program brings the planner back, then every suspended worker. Ctrl+C in a tmux window of the team offers the same.'
  static override examples = ['<%= config.bin %> suspend']
  static override access = 'operate' as const
  static override changesSessions = true

  async execute(): Promise<{sessions: Session[]}> {
    const {flags} = await this.parse(Suspend)
    return {sessions: await endTeam(await this.project(flags), 'suspended')}
  }

  render({sessions}: {sessions: Session[]}): string {
    if (sessions.length === 0) return 'Nothing runs, so there is nothing to suspend.'
    const lines = sessions.map(({name, status}) => `${name} is ${status}.`)
    return [...lines, 'Go on with: codex-planner'].join('\n')
  }
}
