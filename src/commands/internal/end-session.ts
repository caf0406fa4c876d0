import {setTimeout as delay} from 'node:timers/promises'
import {string} from '@oclif/core/flags'
import {requireOwnRun} from '../../domain/role.ts'
import {integer} from '../../flags.ts'
import {PlannerCommand} from '../../planner-command.ts'
import {carryOutWish} from '../../services/ending.ts'

export default class EndSessionCommand extends PlannerCommand<null> {
  static override hidden = true
  static override summary = 'Carry out the wish of a session to end.'
  static override flags = {
    run: string({required: true, summary: 'The start it belongs to.'}),
    after: integer({summary: 'Seconds to give its turn first.', min: 0, max: 60, default: 0}),
  }
  static override access = 'work' as const

  async execute(): Promise<null> {
    const {flags} = await this.parse(EndSessionCommand)
    requireOwnRun(process.env, flags.run)
    await delay((flags.after ?? 0) * 1000)
    await carryOutWish(await this.project(flags), flags.run)
    return null
  }

  render(): string {
    return ''
  }
}
