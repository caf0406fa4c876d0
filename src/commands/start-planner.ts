import {boolean} from '@oclif/core/flags'

import type {Session} from '../domain/session.ts'
import {PlannerCommand} from '../planner-command.ts'
import {startPlanner} from '../services/planner-session.ts'

export default class StartPlanner extends PlannerCommand<{session: Session}> {
  static override summary = 'Start or resume the planner, and nothing else.'
  static override description =
    'A planner that runs is returned as it is. A call without a command does this and everything around it; use start-planner when you want the session alone.'
  static override examples = ['<%= config.bin %> start-planner', '<%= config.bin %> start-planner --new-session']
  static override flags = {
    'new-session': boolean({summary: 'Begin a new conversation instead of resuming the last one.'}),
  }
  static override exitCodes = {
    3: 'It cannot be told whether a planner runs, or --new-session was given while one does.',
  }
  static override access = 'operate' as const
  static override changesSessions = true

  async execute(): Promise<{session: Session}> {
    const {flags} = await this.parse(StartPlanner)
    const {session} = await startPlanner(await this.project(flags), {newSession: flags['new-session']})
    return {session}
  }

  render({session}: {session: Session}): string {
    return `The planner is ${session.status}. Go there: codex-planner attach planner`
  }
}
