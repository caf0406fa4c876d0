import {PlannerError} from './errors.ts'
import {nearest} from './nearest.ts'
import {editing} from './shell.ts'

/** The host's configuration, under the names it has in the file. Null: not set, so decided from the machine. */
export interface Config {
  /** `auto`, or the name of an installed terminal. */
  terminal_backend: string
  codex_executable: string
  git_executable: string
  /** Given to every Codex. */
  codex_args: string[]
  worktrees_base_dir: string | null
  planner_model: string | null
  worker_model: string | null
  max_heavy_leases: number | null
  /** Commands that a session must start through `run`, by their first words. */
  heavy_commands: string[]
  max_loadavg_1: number | null
  min_mem_available_gb: number | null
  worker_spawn_max_loadavg_1: number | null
  worker_spawn_min_mem_available_gb: number | null
  /** These four are percent of the last ten seconds. */
  max_cpu_pressure: number | null
  max_memory_pressure: number | null
  worker_spawn_max_cpu_pressure: number | null
  worker_spawn_max_memory_pressure: number | null
  lease_ttl_seconds: number
  /** How long a turn may show nothing new before it is said to stall. */
  stall_after_seconds: number
  /** What each `[plugins.<name>]` table holds, unchecked. */
  plugins: Record<string, Record<string, unknown>>
}

type Key = Exclude<keyof Config, 'plugins'>

interface Rule<Value> {
  default: Value
  /** In words, after "accepted is". */
  accepted: string
  /** The value, or undefined when it is not acceptable. */
  read(value: unknown, home: string): Value | undefined
}

const MOST_HEAVY = 50
const LONGEST_HEAVY = 100

/** What the system gives to a program at most is twice as long. */
const LONGEST_ARGUMENT = 65_536

const RULES: {[Name in Key]: Rule<Config[Name]>} = {
  terminal_backend: {
    default: 'auto',
    accepted: 'auto, desktop, tmux or the name of an installed terminal',
    read: value => matching(value, /^[a-z][a-z0-9-]{0,31}$/),
  },
  codex_executable: executable('codex'),
  git_executable: executable('git'),
  codex_args: {
    default: ['--yolo'],
    accepted: `a list of arguments of at most ${LONGEST_ARGUMENT / 1024} KiB each, such as ["--yolo"]`,
    read: asList,
  },
  worktrees_base_dir: {
    default: null,
    accepted: 'an absolute folder, or one that begins with ~/',
    read: (value, home) => aPath(expanded(value, home), /^\//),
  },
  planner_model: model(),
  worker_model: model(),
  max_heavy_leases: number({default: null, min: 1, max: 1024, whole: true}),
  heavy_commands: {
    default: [],
    accepted: `a list of at most ${MOST_HEAVY} commands, each one or more plain words, such as ["npm test", "make"]`,
    read: heavyCommands,
  },
  max_loadavg_1: number({default: null, min: 0.01, max: 10_000}),
  min_mem_available_gb: number({default: null, min: 0, max: 65_536}),
  worker_spawn_max_loadavg_1: number({default: null, min: 0.01, max: 10_000}),
  worker_spawn_min_mem_available_gb: number({default: null, min: 0, max: 65_536}),
  max_cpu_pressure: percent(),
  max_memory_pressure: percent(),
  worker_spawn_max_cpu_pressure: percent(),
  worker_spawn_max_memory_pressure: percent(),
  lease_ttl_seconds: number({default: 1800, min: 10, max: 604_800, whole: true}),
  stall_after_seconds: number({default: 600, min: 1, max: 604_800, whole: true}),
}

export const CONFIG_KEYS: readonly string[] = Object.keys(RULES)

export function environmentVariable(key: string): string {
  return `CODEX_ORCHESTRATOR_${key.toUpperCase()}`
}

function executable(name: string): Rule<string> {
  return {
    default: name,
    accepted: `a program's name, an absolute path, or one that begins with ~/`,
    read: (value, home) => aPath(expanded(value, home), /^(?:\/|[^/\s-][^/]*$)/),
  }
}

function model(): Rule<string | null> {
  return {
    default: null,
    accepted: 'the name of a model',
    read: value => matching(value, /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/),
  }
}

function number<Default extends number | null>(rule: {
  default: Default
  min: number
  max: number
  whole?: boolean
}): Rule<number | Default> {
  return {
    default: rule.default,
    accepted: `a ${rule.whole ? 'whole ' : ''}number from ${rule.min} to ${rule.max}`,
    read: value => {
      if (typeof value !== 'number' || !(value >= rule.min && value <= rule.max)) return undefined
      return rule.whole && !Number.isInteger(value) ? undefined : value
    },
  }
}

/** At a limit of 0 nothing would ever begin. */
function percent(): Rule<number | null> {
  return number({default: null, min: 0.01, max: 100})
}

function asList(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items = value.filter(item => typeof item === 'string').filter(isArgument)
  return items.length === value.length ? items : undefined
}

/** The words of a line are compared with these as they are, so they hold nothing that a shell reads as something else. */
function heavyCommands(value: unknown): string[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_HEAVY) return undefined
  const items = value.map(item => matching(item, /^[\w./@][\w./@:+,%-]*(?: [\w./@:+,%=-]+)*$/)).filter(isHeavy)
  return items.length === value.length ? items : undefined
}

function isHeavy(text: string | undefined): text is string {
  return text !== undefined && text.length <= LONGEST_HEAVY
}

/** Codex takes an empty one for its prompt. */
function isArgument(text: string): boolean {
  return text !== '' && !text.includes('\0') && Buffer.byteLength(text) <= LONGEST_ARGUMENT
}

const LONGEST_PATH = 4096

/** It is written into scripts and shown to people, so it is one line. */
function aPath(value: unknown, pattern: RegExp): string | undefined {
  const text = matching(value, pattern)
  return text === undefined || /\p{Cc}/u.test(text) || Buffer.byteLength(text) > LONGEST_PATH ? undefined : text
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) && !value.includes('\0') ? value : undefined
}

function expanded(value: unknown, home: string): unknown {
  return typeof value === 'string' && value.startsWith('~/') ? `${home}${value.slice(1)}` : value
}

export interface ConfigSources {
  /** The host's file, parsed; undefined when there is none. */
  file?: {
    path: string
    content: Readonly<Record<string, unknown>>
    /** Where a key stands: `lineOf('defaults', 'git_executable')`, `lineOf(undefined, 'plugins')`. */
    lineOf(table: string | undefined, key: string): number | undefined
  }
  env: Readonly<Record<string, string | undefined>>
  home: string
}

/** Environment over file over default. What is only odd is a warning. @throws PlannerError INVALID_CONFIG */
export function resolveConfig({file, env, home}: ConfigSources): {config: Config; warnings: string[]} {
  const defaults = tableOf(file, 'defaults')
  const value = <Name extends Key>(key: Name): Config[Name] => {
    const rule: Rule<Config[Name]> = RULES[key]
    const variable = environmentVariable(key)
    const text = env[variable]
    if (text)
      return accepted(rule, fromText(rule.default, key, text), home, {
        place: variable,
        key: undefined,
        value: text,
        remedy: `unset ${variable}`,
      })
    if (!file || !Object.hasOwn(defaults, key)) return rule.default
    const place = placeOf(file, 'defaults', key)
    return accepted(rule, defaults[key], home, {place, key, value: defaults[key], remedy: editing(file.path)})
  }
  const max_loadavg_1 = value('max_loadavg_1')
  const min_mem_available_gb = value('min_mem_available_gb')
  const max_cpu_pressure = value('max_cpu_pressure')
  const max_memory_pressure = value('max_memory_pressure')
  const config: Config = {
    terminal_backend: value('terminal_backend'),
    codex_executable: value('codex_executable'),
    git_executable: value('git_executable'),
    codex_args: value('codex_args'),
    worktrees_base_dir: value('worktrees_base_dir'),
    planner_model: value('planner_model'),
    worker_model: value('worker_model'),
    max_heavy_leases: value('max_heavy_leases'),
    heavy_commands: value('heavy_commands'),
    max_loadavg_1,
    min_mem_available_gb,
    worker_spawn_max_loadavg_1: value('worker_spawn_max_loadavg_1') ?? max_loadavg_1,
    worker_spawn_min_mem_available_gb: value('worker_spawn_min_mem_available_gb') ?? min_mem_available_gb,
    max_cpu_pressure,
    max_memory_pressure,
    worker_spawn_max_cpu_pressure: value('worker_spawn_max_cpu_pressure') ?? max_cpu_pressure,
    worker_spawn_max_memory_pressure: value('worker_spawn_max_memory_pressure') ?? max_memory_pressure,
    lease_ttl_seconds: value('lease_ttl_seconds'),
    stall_after_seconds: value('stall_after_seconds'),
    plugins: pluginTables(file),
  }
  return {config, warnings: file ? unknownKeys(file, defaults) : []}
}

export type ConfigFile = NonNullable<ConfigSources['file']>
type Table = Readonly<Record<string, unknown>>

/** An environment variable is text; numbers and lists are written in it as they are in the file. */
function fromText(standard: unknown, key: Key, text: string): unknown {
  if (Array.isArray(standard)) return listFrom(text)
  const numeric = typeof standard === 'number' || RULES[key].accepted.includes('number')
  return numeric && /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(text) ? Number(text) : text
}

function listFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

export function accepted<Value>(
  rule: Omit<Rule<Value>, 'default'>,
  given: unknown,
  home: string,
  {place, key, value, remedy}: {place: string; key: string | undefined; value: unknown; remedy: string},
): Value {
  const read = rule.read(given, home)
  if (read !== undefined) return read
  const name = key === undefined ? place : `${place}: ${key}`
  throw new PlannerError('INVALID_CONFIG', `${name} is ${shown(value)}; accepted is ${rule.accepted}.`, [remedy])
}

function shown(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? 'nothing')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

export function placeOf(file: ConfigFile, table: string | undefined, key: string): string {
  const line = file.lineOf(table, key)
  return line === undefined ? file.path : `${file.path} line ${line}`
}

function tableOf(file: ConfigFile | undefined, name: string): Table {
  const found = file?.content[name]
  if (!file || found === undefined) return {}
  return requireTable(file, undefined, name, found)
}

function pluginTables(file: ConfigFile | undefined): Record<string, Record<string, unknown>> {
  if (!file) return {}
  const tables = Object.entries(tableOf(file, 'plugins'))
  return Object.fromEntries(tables.map(([name, table]) => [name, {...requireTable(file, 'plugins', name, table)}]))
}

function requireTable(file: ConfigFile, table: string | undefined, key: string, value: unknown): Table {
  if (isTable(value)) return value
  const name = table === undefined ? key : `${table}.${key}`
  const text = `${placeOf(file, table, key)}: ${name} is ${shown(value)}; accepted is a table, [${name}].`
  throw new PlannerError('INVALID_CONFIG', text, [editing(file.path)])
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function unknownKeys(file: ConfigFile, defaults: Table): string[] {
  const top = Object.keys(file.content)
    .filter(key => key !== 'defaults' && key !== 'plugins')
    .map(key => {
      const known = CONFIG_KEYS.includes(key)
      const advice = known ? `it belongs under [defaults]` : meant(key, ['defaults', 'plugins', ...CONFIG_KEYS])
      return `${placeOf(file, undefined, key)}: ${key} is not used; ${advice}.`
    })
  const inside = Object.keys(defaults)
    .filter(key => !CONFIG_KEYS.includes(key))
    .map(key => `${placeOf(file, 'defaults', key)}: ${key} is not a known key; ${meant(key, CONFIG_KEYS)}.`)
  return [...top, ...inside]
}

function meant(key: string, known: readonly string[]): string {
  return `the nearest known one is ${nearest(key, known)}`
}
