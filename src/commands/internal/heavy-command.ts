import {string} from '@oclif/core/flags'

import {PlannerCommand} from '../../planner-command.ts'

export default class HeavyCommandCommand extends PlannerCommand<string | null> {
  static override hidden = true
  static override summary = "Codex's hook before a command: whether it is heavy and was given without run."
  static override flags = {
    cli: string({required: true, summary: 'Our program, as the session calls it.'}),
    heavy: string({required: true, multiple: true, summary: 'A command that is heavy, by its first words.'}),
  }
  static override access = 'work' as const

  async execute(): Promise<string | null> {
    const {flags} = await this.parse(HeavyCommandCommand)
    const [{text}, {jsonIn}, {askedLine}, {refusal}] = await Promise.all([
      import('node:stream/consumers'),
      import('../../domain/json.ts'),
      import('../../domain/heavy-hook.ts'),
      import('../../domain/heavy-command.ts'),
    ])
    const line = askedLine(jsonIn(await text(process.stdin)))
    return line === undefined ? null : refusal(line, flags.heavy, flags.cli)
  }

  render(refused: string | null): string {
    return refused ?? ''
  }
}
