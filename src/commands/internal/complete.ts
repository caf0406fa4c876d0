import {PlannerCommand} from '../../planner-command.ts'

/** `internal complete SHELL -- WORD...`: the words behind the program's name; the last one is at the cursor. */
export default class Complete extends PlannerCommand<string[]> {
  static override hidden = true
  static override strict = false
  static override enableJsonFlag = false
  static override summary = 'What a line that is being typed could go on with, for the completion of a shell.'
  static override access = 'read' as const

  /** A person in the middle of a line is told nothing. */
  protected override readonly tell = (): void => undefined

  async execute(): Promise<string[]> {
    const [name, dashes, ...words] = this.argv
    const [{SHELLS, typedLine}, {askedBy}, {replyLines}] = await Promise.all([
      import('../../domain/typed-line.ts'),
      import('../../completion-place.ts'),
      import('../../domain/completion-reply.ts'),
    ])
    const shell = SHELLS.find(shell => shell === name)
    if (shell === undefined || dashes !== '--') return []
    const line = typedLine(shell, words)
    const {place, folder} = askedBy(line, this.config)
    if (place.kind === 'words') return replyLines(shell, line, place, {})
    const [{liveFacts}, {homedir}] = await Promise.all([import('../../services/completion.ts'), import('node:os')])
    const facts = await liveFacts(place.of, {
      host: () => this.host(this.folder),
      project: () => this.project({'repo-path': folder?.replace(/^~(?=\/|$)/, homedir())}),
      plugins: async () => (await import('../../plugins.ts')).installedPlugins(this.config),
    })
    return replyLines(shell, line, place, facts)
  }

  render(lines: string[]): string {
    return lines.join('\n')
  }
}
