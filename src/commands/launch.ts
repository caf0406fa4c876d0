import {boolean} from '@oclif/core/flags'

import {showProgress} from '../progress.ts'
import {type Launched, launchSteps} from '../services/launch.ts'
import {ViewCommand} from '../view-command.ts'

export default class Launch extends ViewCommand<Launched> {
  static override summary = 'Start or resume the planner, and go there.'
  static override description =
    'The same as a call without a command. It checks the machine, makes what is missing of .codex/, registers the tools with Codex, looks after sessions that ended, then starts, resumes or reuses the planner, brings suspended workers back, and shows the dashboard. At a terminal it goes there; elsewhere it prints the line to paste. Every step can be repeated.'
  static override usage = ['<%= config.bin %> [FLAGS]', '<%= config.bin %> launch [FLAGS]']
  static override examples = ['<%= config.bin %>', '<%= config.bin %> --new-session']
  static override flags = {
    'new-session': boolean({summary: 'Begin a new conversation instead of resuming the last one.'}),
  }
  static override exitCodes = {
    1: 'Something you can fix; also when a suspended worker could not come back.',
    3: 'It cannot be told whether a planner runs, --new-session was given while one does, or a suspended worker has to wait.',
  }
  static override changesSessions = true

  async execute(): Promise<Launched> {
    const {flags} = await this.parse(Launch)
    const {steps, result} = launchSteps(await this.project(flags), {newSession: flags['new-session']})
    const done = await showProgress(steps, {silent: this.jsonEnabled()})
    return {steps: done, ...result()}
  }

  override async run(): Promise<Launched> {
    const launched = await super.run()
    const {left_suspended: left} = launched
    if (left.length > 0) process.exitCode = left.every(({retryable}) => retryable) ? 3 : 1
    return launched
  }

  render({attach, left_suspended}: Launched): string {
    const left = left_suspended.map(({name, reason}) => `${name} stays suspended: ${reason}`)
    return [...left, `The planner is there${attach.command === null ? '.' : ':'} ${attach.hint}`].join('\n')
  }
}
