import {string} from '@oclif/core/flags'

import {requireOwnRun} from '../../domain/role.ts'
import {PlannerCommand} from '../../planner-command.ts'
import {sessionEnded} from '../../services/reports.ts'

export default class SessionEndedCommand extends PlannerCommand<null> {
  static override hidden = true
  static override summary = 'The last line of a session: its Codex is gone.'
  static override flags = {run: string({required: true, summary: 'The start it belongs to.'})}
  static override access = 'work' as const

  async execute(): Promise<null> {
    const {flags} = await this.parse(SessionEndedCommand)
    requireOwnRun(process.env, flags.run)
    await sessionEnded(await this.project(flags), flags.run)
    return null
  }

  render(): string {
    return ''
  }
}
