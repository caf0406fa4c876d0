import {string} from '@oclif/core/args'
import {string as stringFlag} from '@oclif/core/flags'

import {requireOwnRun} from '../../domain/role.ts'
import {PlannerCommand} from '../../planner-command.ts'
import {passOn, type TurnEnded, turnEnded} from '../../services/reports.ts'

export default class TurnEndedCommand extends PlannerCommand<null> {
  static override hidden = true
  static override summary = "Codex's notify program: a turn of a session is over."
  static override args = {
    payload: string({required: true, ignoreStdin: true, description: 'What Codex says of the turn, as JSON.'}),
  }
  static override flags = {run: stringFlag({required: true, summary: 'The start it belongs to.'})}
  static override access = 'work' as const

  async execute(): Promise<null> {
    const {args, flags} = await this.parse(TurnEndedCommand)
    requireOwnRun(process.env, flags.run)
    const project = await this.project(flags)
    try {
      await turnEnded(project, flags.run, JSON.parse(args.payload) as TurnEnded)
    } finally {
      await passOn(project, args.payload)
    }
    return null
  }

  render(): string {
    return ''
  }
}
