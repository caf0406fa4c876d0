import {PlannerCommand} from '../planner-command.ts'
import {type Bootstrapped, initProject} from '../services/bootstrap.ts'

export default class Init extends PlannerCommand<Bootstrapped> {
  static override summary = 'Make the folder .codex/ of this repository.'
  static override description =
    'Makes the board, the prompt templates and the folders that are missing, and keeps every file that is there, so it can be repeated. It tells Git to leave the board, the handoffs, the logs and the state alone, in this clone only.'
  static override examples = ['<%= config.bin %> init']
  static override access = 'plan' as const
  static override tool = {name: 'init_repo', idempotent: true}

  async execute(): Promise<Bootstrapped> {
    const {flags} = await this.parse(Init)
    return initProject(await this.project(flags))
  }

  render({created, kept}: Bootstrapped): string {
    if (created.length === 0) return `Nothing to do: all ${kept.length} files are there.`
    return [`Made ${created.length} files, kept ${kept.length}.`, ...created.map(file => `  ${file}`)].join('\n')
  }
}
