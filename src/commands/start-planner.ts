import {boolean} from '@oclif/core/flags'

import type {Session} from '../domain/session.ts'
import {PlannerCommand} from '../planner-command.ts'
import {startPlanner} from '../services/planner-session.ts'

export default class StartPlanner extends PlannerCommand<{session: Session}> {
  static override summary = 'Start the planner of this repository, or resume its conversation.'
  static override description =
    'A planner that runs is returned as it is. The bare call of the program does this and everything around it; use this one when you want only the session.'
  static override examples = ['<%= config.bin %> start-planner', '<%= config.bin %> start-planner --new-session']
  static override flags = {
    'new-session': boolean({summary: 'Begin a new conversation instead of resuming the last one.'}),
  }
  static override access = 'operate' as const

  async execute(): Promise<{session: Session}> {
    const {flags} = await this.parse(StartPlanner)
    const {session} = await startPlanner(await this.project(flags), {newSession: flags['new-session']})
    return {session}
  }

  render({session}: {session: Session}): string {
    return `The planner is ${session.status}. Go there: codex-planner attach planner`
  }
}
