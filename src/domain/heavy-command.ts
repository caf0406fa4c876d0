import {pasteable, shellWord} from './shell.ts'
import {type ShellWord, type SimpleCommand, simpleCommands} from './simple-commands.ts'

/** A heavy command in a command line. */
export interface HeavyCommand {
  /** The entry of `heavy_commands` that names it. */
  entry: string
  /** Where in the line `run` belongs. */
  at: number
}

/** Words that may stand before a command in its own line. */
const BEFORE_COMMAND = new Set([
  '!',
  '{',
  ...['if', 'then', 'elif', 'else', 'while', 'until', 'do'],
  ...['time', 'exec', 'command', 'builtin'],
])
/** Programs that start the command in their arguments. */
const WRAPPERS = new Set(['env', 'nice', 'ionice', 'nohup', 'setsid', 'stdbuf', 'sudo', 'time', 'timeout'])
const SHELLS = new Set(['sh', 'bash', 'dash', 'ksh', 'zsh'])
/** Our own program starts everything under a lease, or nothing that is heavy. */
const OURSELVES = 'codex-planner'

/** How deep command lines inside of command lines are looked at. */
const DEPTH = 4

/** Options of wrappers and their values: `-n 10`, `30s`, `FOO=1`. */
const WRAPPER_ARGUMENT = /^(?:-|\d+(?:\.\d+)?[smhd]?$|[A-Za-z_]\w*=)/

/**
 * The heavy commands that a line starts bare. What only a shell knows when it runs the line, such as the value of a variable, names nothing:
 * this helps agents that want to keep to the rule, and holds nobody back.
 */
export function heavyCommands(line: string, entries: readonly string[], depth = DEPTH): HeavyCommand[] {
  return simpleCommands(line).flatMap(words => {
    const start = words.findIndex(({text, assigns}) => !assigns && !(text !== null && BEFORE_COMMAND.has(text)))
    const command = words.slice(start < 0 ? words.length : start)
    const entry = named(command, entries, depth)
    return entry === undefined ? [] : [{entry, at: command[0]?.at ?? 0}]
  })
}

/** A line that is longer is not given once more. */
const LONGEST_SHOWN = 2000

/** What an agent is told about a line with heavy commands in it; null when there is none. `cli` is our program, absolute. */
export function refusal(line: string, entries: readonly string[], cli: string): string | null {
  const found = heavyCommands(line, entries)
  const first = found[0]
  if (!first) return null
  const instead = found.reduceRight(
    (text, {entry, at}) => `${text.slice(0, at)}${underLease(cli, entry)} ${text.slice(at)}`,
    line,
  )
  const names = [...new Set(found.map(({entry}) => entry))].join(', ')
  const advice =
    instead.length > LONGEST_SHOWN
      ? `Put this in front of ${names}:\n${underLease(cli, first.entry)}`
      : `Use this line instead:\n${instead}`
  // Codex puts a full stop and the line that was refused behind it, so the line to use must not come last.
  return `This is a heavy command, which waits on this host until it is its turn. ${advice}\nHeavy on this host: ${names}`
}

function underLease(cli: string, entry: string): string {
  return `${pasteable([cli, 'run', '--purpose'])} ${shellWord(entry)} --`
}

function named(command: SimpleCommand, entries: readonly string[], depth: number): string | undefined {
  const program = lastPart(command[0]?.text ?? '')
  if (depth === 0 || program === OURSELVES) return undefined
  const itself = entries.find(entry => entry.split(' ').every((word, index) => isWord(command[index], word, index)))
  if (itself !== undefined) return itself
  if (SHELLS.has(program)) {
    const script = scriptOf(command)
    return script === undefined ? undefined : heavyCommands(script, entries, depth - 1)[0]?.entry
  }
  if (!WRAPPERS.has(program)) return undefined
  const inner = command.findIndex(({text}, index) => index > 0 && !isText(text, WRAPPER_ARGUMENT))
  return inner < 0 ? undefined : named(command.slice(inner), entries, depth - 1)
}

/** A program is known by its name wherever it lies; one that is given with its folder only there. */
function isWord(found: ShellWord | undefined, word: string, index: number): boolean {
  if (found === undefined || found.text === null) return false
  return found.text === word || (index === 0 && !word.includes('/') && lastPart(found.text) === word)
}

/** The line that `sh -c` and the like are given. */
function scriptOf(command: SimpleCommand): string | undefined {
  const option = command.findIndex(({text}, index) => index > 0 && isText(text, /^-[a-z]*c[a-z]*$/))
  if (option < 0 || !command.slice(1, option).every(({text}) => isText(text, /^-/))) return undefined
  return command[option + 1]?.text ?? undefined
}

function isText(text: string | null, pattern: RegExp): boolean {
  return text !== null && pattern.test(text)
}

function lastPart(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1)
}
