import {boolean} from '@oclif/core/flags'

import {sessionName} from '../args.ts'
import {printableLines} from '../domain/text.ts'
import {integer} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {promptText, type Text} from '../services/texts.ts'

export default class ShowPrompt extends PlannerCommand<Text> {
  static override summary = 'Show the prompt a session was started with.'
  static override description =
    'The newest start of that session is meant. A long prompt comes in parts; ask again with --offset.'
  static override examples = [
    '<%= config.bin %> show-prompt worker-task-001',
    '<%= config.bin %> show-prompt planner --path-only',
  ]
  static override args = {session_name: sessionName({required: true, ...offering('any-session')})}
  static override flags = {
    'path-only': boolean({summary: 'Print only where the file is.'}),
    offset: integer({summary: 'Byte to begin at.', min: 0, max: Number.MAX_SAFE_INTEGER}),
  }
  static override access = 'read' as const
  static override tool = {without: ['path-only']}

  async execute(): Promise<Text> {
    const {args, flags} = await this.parse(ShowPrompt)
    return promptText(await this.project(flags), args.session_name, {
      offset: flags.offset ?? 0,
      maxBytes: this.maxBytes,
    })
  }

  async render({path, text}: Text): Promise<string> {
    const {flags} = await this.parse(ShowPrompt)
    return flags['path-only'] ? path : printableLines(text).trimEnd()
  }
}
