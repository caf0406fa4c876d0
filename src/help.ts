import type {Command} from '@oclif/core/command'
import {exit} from '@oclif/core/errors'
import {getHelpFlagAdditions, Help, standardizeIDFromArgv} from '@oclif/core/help'

import {inGroups} from './command-groups.ts'
import {CommandPage} from './command-page.ts'
import {tellUnknownCommand} from './unknown-command.ts'

/** The pages of `help` and `--help`. */
export default class PlannerHelp extends Help {
  protected override CommandHelpClass = CommandPage
  private nested = false

  override async showHelp(argv: string[]): Promise<void> {
    this.nested = argv.includes('-n') || argv.includes('--nested-commands')
    const words = argv.filter(word => !getHelpFlagAdditions(this.config).includes(word))
    const [subject] = standardizeIDFromArgv(words, this.config)
    if (subject !== undefined && !subject.startsWith('-') && !this.isKnown(subject)) {
      tellUnknownCommand(subject.replaceAll(':', ' '), {config: this.config, argv, lead: 'codex-planner help'})
      exit(2)
    }
    await super.showHelp(argv)
  }

  override formatRoot(): string {
    const {bin, pjson} = this.config
    const usage: [string, string][] = [
      [bin, 'Start or resume the planner, and go there.'],
      [`${bin} COMMAND`, 'One of the commands below.'],
      [`${bin} help COMMAND`, 'All about one command.'],
      [`${bin} --version`, 'Which version this is.'],
    ]
    const codes: [string, string][] = [
      ['0', 'Done.'],
      ['1', 'Something you can fix; the error says how.'],
      ['2', 'The command line is wrong.'],
      ['3', 'Not now: try again later.'],
    ]
    const commands = inGroups(this.rootCommands())
    const width = Math.max(...commands.flatMap(group => group.commands.map(({id}) => id.length)))
    return [
      this.wrap(pjson.description ?? '', 0),
      this.section('USAGE', usage),
      ...commands.map(group =>
        this.section(
          group.title.toUpperCase(),
          group.commands.map(({id, summary}): [string, string] => [id.padEnd(width), summary]),
        ),
      ),
      this.section('EXIT CODES', codes),
    ].join('\n\n')
  }

  protected override summary(command: Command.Loadable): string | undefined {
    const line = super.summary(command)
    return line === undefined ? undefined : this.wrap(line, 0)
  }

  protected override async showRootHelp(): Promise<void> {
    this.log(this.formatRoot())
  }

  /** Every command that is typed as one word, or all; a topic that says what it is for says it better than its bare command. */
  private rootCommands(): {id: string; summary: string}[] {
    return this.sortedCommands
      .filter(({id, hiddenAliases}) => (this.nested || !id.includes(':')) && !hiddenAliases.includes(id))
      .map(command => ({
        id: command.id.replaceAll(':', ' '),
        summary: this.firstLine(this.config.topics.find(({name}) => name === command.id) ?? command),
      }))
  }

  private firstLine({summary, description = ''}: {summary?: string; description?: string}): string {
    return this.render(summary ?? description).split('\n', 1)[0] ?? ''
  }

  private isKnown(id: string): boolean {
    const topic = this.config.findTopic(id)
    return this.config.findCommand(id) !== undefined || (topic !== undefined && topic.hidden !== true)
  }
}
