import {boolean} from '@oclif/core/flags'

import {goTo} from '../go-to.ts'
import {PlannerCommand} from '../planner-command.ts'
import {showProgress} from '../progress.ts'
import {type Launched, launchSteps} from '../services/launch.ts'

export default class Launch extends PlannerCommand<Launched> {
  static override summary = 'Start or resume the planner, and go there.'
  static override description =
    'The same as a call without a command. It checks the machine, makes what is missing of .codex/, registers the tools with Codex, looks after sessions that ended, then starts, resumes or reuses the planner, brings suspended workers back, and shows the dashboard. At a terminal it goes there; elsewhere it prints the line to paste. Every step can be repeated.'
  static override usage = ['<%= config.bin %> [FLAGS]', '<%= config.bin %> launch [FLAGS]']
  static override examples = ['<%= config.bin %>', '<%= config.bin %> --new-session']
  static override flags = {
    'new-session': boolean({summary: 'Begin a new conversation instead of resuming the last one.'}),
  }
  static override exitCodes = {
    3: 'It cannot be told whether a planner runs, or --new-session was given while one does.',
  }
  static override access = 'operate' as const

  async execute(): Promise<Launched> {
    const {flags} = await this.parse(Launch)
    const {steps, result} = launchSteps(await this.project(flags), {newSession: flags['new-session']})
    const done = await showProgress(steps, {silent: this.jsonEnabled()})
    return {steps: done, ...result()}
  }

  override async run(): Promise<Launched> {
    const launched = await super.run()
    if (!this.jsonEnabled()) await goTo(launched.attach)
    const {left_suspended: left} = launched
    if (left.length > 0) process.exitCode = left.every(({retryable}) => retryable) ? 3 : 1
    return launched
  }

  render({attach, left_suspended}: Launched): string {
    const left = left_suspended.map(({name, reason}) => `${name} stays suspended: ${reason}`)
    return [...left, `The planner is there: ${attach.hint}`].join('\n')
  }
}
