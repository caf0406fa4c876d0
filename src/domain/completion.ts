/** What an argument or a flag takes, told where it is declared, so that a shell can offer it. */
export type Completes =
  | 'any-task'
  | 'open-task'
  | 'startable-task'
  | 'answerable-task'
  | 'reviewable-task'
  | 'dependency'
  | 'owner'
  | 'any-session'
  | 'active-session'
  | 'active-worker'
  | 'closable-session'
  | 'closable-worker'
  | 'lease-holder'
  | 'lease'
  | 'snapshot'
  | 'plugin'
  | 'folder'
  | 'path'
  | 'command'

/** One thing that can stand at the cursor, and what a person should know of it; `about` may be empty. */
export interface Candidate {
  value: string
  about: string
}

export interface DeclaredValue {
  completes?: Completes | undefined
  options?: readonly string[] | undefined
}

export interface DeclaredFlag extends DeclaredValue {
  name: string
  char?: string | undefined
  about: string
  /** It is understood where it stands, and never offered. */
  hidden?: boolean | undefined
  takesValue: boolean
  multiple: boolean
  required: boolean
  exclusive: readonly string[]
}

/** What one command takes, in the order in which it is offered. */
export interface DeclaredCommand {
  args: readonly (DeclaredValue & {multiple: boolean})[]
  flags: readonly DeclaredFlag[]
  /** What comes after two dashes, when that is not for the command itself. */
  rest?: Completes | undefined
}

/** A command as it is typed: `list-tasks`, `plugins install`. */
export interface CommandName {
  words: readonly string[]
  about: string
}

/** The next word of every command whose name begins with these words, each once. */
export function nextWords(typed: readonly string[], names: readonly CommandName[]): Candidate[] {
  const below = names.filter(
    ({words}) => words.length > typed.length && typed.every((word, index) => word === words[index]),
  )
  const found = new Map<string, Candidate>()
  for (const {words, about} of below) {
    const value = words[typed.length] ?? ''
    // A topic speaks for itself where it is a command too.
    if (!found.has(value) || words.length === typed.length + 1) found.set(value, {value, about})
  }
  return [...found.values()]
}

/** What can stand at the cursor, as far as that is known without looking at the machine. */
export type Place =
  | {kind: 'words'; candidates: readonly Candidate[]}
  /** `lead` is what stands before the value in the same word, such as `--status=`. */
  | {kind: 'value'; of: DeclaredValue; lead: string}

const NOTHING: Place = {kind: 'words', candidates: []}

/** @param before the finished words behind the command's name */
export function placeIn(command: DeclaredCommand, before: readonly string[], current: string): Place {
  const read = readWords(command, before)
  if (read.awaits) return {kind: 'value', of: read.awaits, lead: ''}
  if (read.dashes) {
    const of = command.rest === undefined ? argumentAt(command, read.positionals) : {completes: command.rest}
    return of ? {kind: 'value', of, lead: ''} : NOTHING
  }
  const [lead = '', name] = /^--([a-z][\w-]*)=/.exec(current) ?? []
  if (name !== undefined) {
    const flag = command.flags.find(flag => flag.name === name && flag.takesValue)
    return flag ? {kind: 'value', of: flag, lead} : NOTHING
  }
  if (current.startsWith('-')) return {kind: 'words', candidates: flagsLeft(command, read.given)}
  const of = command.rest === undefined ? argumentAt(command, read.positionals) : undefined
  if (of) return {kind: 'value', of, lead: ''}
  return current === '' ? {kind: 'words', candidates: flagsLeft(command, read.given)} : NOTHING
}

/** What a finished flag was given; the last one counts. */
export function givenValue(command: DeclaredCommand, before: readonly string[], name: string): string | undefined {
  return readWords(command, before).given.get(name)
}

interface ReadWords {
  /** Flags by name, with their values; undefined for one that has none. */
  given: ReadonlyMap<string, string | undefined>
  positionals: number
  /** The flag whose value comes next. */
  awaits: DeclaredFlag | undefined
  dashes: boolean
}

function readWords({flags}: DeclaredCommand, before: readonly string[]): ReadWords {
  const given = new Map<string, string | undefined>()
  let positionals = 0
  let awaits: DeclaredFlag | undefined
  let dashes = false
  for (const word of before) {
    if (awaits) {
      given.set(awaits.name, word)
      awaits = undefined
    } else if (dashes || !word.startsWith('-') || word === '-') positionals += 1
    else if (word === '--') dashes = true
    else {
      const [, name = word.slice(1, 2), value] = /^--([^=]+)(=[^]*)?$/.exec(word) ?? []
      const flag = flags.find(flag => flag.name === name || (!word.startsWith('--') && flag.char === name))
      if (flag) given.set(flag.name, value?.slice(1))
      const isBare = word.startsWith('--') ? value === undefined : word.length === 2
      if (flag?.takesValue && isBare) awaits = flag
    }
  }
  return {given, positionals, awaits, dashes}
}

function argumentAt({args}: DeclaredCommand, index: number): DeclaredValue | undefined {
  const last = args.at(-1)
  return args[index] ?? (last?.multiple ? last : undefined)
}

/** Each once, unless it may be repeated; what must be given comes first. */
function flagsLeft({flags, rest}: DeclaredCommand, given: ReadonlyMap<string, unknown>): Candidate[] {
  const left = flags.filter(
    ({name, hidden, multiple, exclusive}) =>
      !hidden && (multiple || !given.has(name)) && !exclusive.some(other => given.has(other)),
  )
  const isDue = ({name, required}: DeclaredFlag) => required && !given.has(name)
  const ordered = [...left.filter(isDue), ...left.filter(flag => !isDue(flag))]
  const dashes = rest === undefined ? [] : [{value: '--', about: 'The command to run comes after it.'}]
  return [...ordered.map(({name, about}) => ({value: `--${name}`, about})), ...dashes]
}
