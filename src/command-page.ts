import type {Command} from '@oclif/core/command'
import {CommandHelp} from '@oclif/core/help'

import {foldedLine} from './domain/shell.ts'

/** What a person wants to know of a command, first things first. */
const ORDER = ['USAGE', 'DESCRIPTION', 'EXAMPLES', 'ARGUMENTS', 'FLAGS', 'FLAG DESCRIPTIONS', 'EXIT CODES', 'ALIASES']

/** The page of one command. */
export class CommandPage extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const exitCodes = {header: 'EXIT CODES', generate: () => [{header: 'EXIT CODES', body: this.exitCodes()}]}
    return [...super.sections(), exitCodes].toSorted((a, b) => ORDER.indexOf(a.header) - ORDER.indexOf(b.header))
  }

  /** What must be given; the flags that may be are listed below it. A command's own lines may leave out the program and its name. */
  protected override usage(): string {
    const {id, usage} = this.command
    const {bin} = this.config
    const own = [usage ?? []].flat().map(line => {
      const text = this.render(line)
      return text.startsWith(bin)
        ? text
        : [bin, id, text.startsWith(id) ? text.slice(id.length).trim() : text].join(' ')
    })
    const lines = own.length === 0 ? [this.defaultUsage()] : own
    return lines.map(line => this.wrap(line).replaceAll('\n', '\n    ')).join('\n')
  }

  protected override defaultUsage(): string {
    const {id, args, flags, strict} = this.command
    const more = (arg: {multiple?: boolean}) => (arg.multiple || strict === false ? '...' : '')
    const positional = Object.values(args).map(arg => {
      const name = `${arg.name.toUpperCase()}${more(arg)}`
      return arg.required ? name : `[${name}]`
    })
    const required = Object.values(flags).filter(flag => flag.required)
    const labels = required.map(flag => this.flagHelpLabel(flag).trim().replace('=', ' '))
    return [this.config.bin, id, ...positional, ...labels, '[FLAGS]'].join(' ')
  }

  /** Without the summary, which stands above it. */
  protected override description(): string | undefined {
    const {summary, description = ''} = this.command
    const text = this.render(description)
    return this.wrap(summary ? text : text.split('\n').slice(1).join('\n').trim()) || undefined
  }

  /** Lines that can be pasted as they stand, also together. */
  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    const width = this.opts.maxWidth - this.indentSpacing
    const folded = (lines: string) =>
      this.render(lines)
        .split('\n')
        .map(line => foldedLine(line.replace(/^\$ /, '').trimEnd(), width))
    const shown = [examples ?? []]
      .flat()
      .map(example =>
        typeof example === 'string'
          ? folded(example).join('\n')
          : `# ${example.description}\n${folded(example.command).join('\n')}`,
      )
    return shown.join('\n') || undefined
  }

  /** The values of a choice as words of a sentence, which breaks between them. */
  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags(
      flags.map(flag =>
        flag.type === 'option' && flag.options && flag.helpValue === undefined
          ? {...flag, helpValue: '<option>', summary: `${flag.summary ?? ''}\nOne of: ${flag.options.join(', ')}.`}
          : flag,
      ),
    )
  }

  private exitCodes(): [string, string][] | undefined {
    const {exitCodes} = this.command as {exitCodes?: Record<string, string>}
    return exitCodes && Object.entries(exitCodes)
  }
}
