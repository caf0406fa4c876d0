import type {Processes} from './processes.ts'

/** What the core hands to a plugin, so that a plugin needs no dependency of its own. */
export interface PluginHost {
  readonly env: NodeJS.ProcessEnv
  /**
   * An absolute folder of mode 0700 for what the plugin keeps on this host (sockets, generated configuration). For a call that only looks, such
   * as the doctor's `check`, it is not made.
   */
  readonly stateFolder: string
  /**
   * What the person set in the plugin's own table of the host configuration, `[plugins.<name>]`. Throws what they are shown when a key is not in the schema or a value is not accepted: the line of the file, what
   * stands there, what is accepted, and how to edit it. Let it pass.
   */
  readonly readSettings: <Settings extends object>(schema: SettingsSchema<Settings>) => Settings
  /** The absolute path of a program on PATH, never one inside a repository; undefined when there is none. */
  findProgram(name: string): string | undefined
  /** Runs a program without a shell. Any exit code is an answer; it rejects only when the program cannot be started or takes too long. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<ProgramResult>
  /**
   * Starts a program that outlives this process: in a session of its own, without input, and without a shell. Resolves with its pid once it
   * runs; rejects when it cannot be started.
   */
  start(program: string, args: readonly string[], options?: StartOptions): Promise<number>
  /** Which process is which, whether it still runs, and how to end it. */
  readonly processes: Processes
}

/** A rule for each key that the plugin's table may have. */
export type SettingsSchema<Settings extends object> = {readonly [Key in keyof Settings]: SettingRule<Settings[Key]>}

export interface SettingRule<Value> {
  /** Where the person set nothing. */
  readonly default: Value
  /** In words, after "accepted is": `a whole number from 1 to 100`. */
  readonly accepted: string
  /** The value, or undefined when it is not accepted. TOML gives texts, numbers, booleans, dates, lists and tables. */
  read(value: unknown): Value | undefined
}

export interface StartOptions {
  /** Replaces the environment; default: the host's own. */
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** An absolute file, made with mode 0600 or written anew, for what it prints; without it that is thrown away. */
  log?: string
}

export interface RunOptions {
  /** Text for standard input; without it standard input is empty. */
  input?: string
  /** Replaces the environment; default: the host's own. */
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Milliseconds until the program is ended; default 10 000. */
  timeout?: number
}

export interface ProgramResult {
  /** Undefined when a signal ended it. */
  exitCode: number | undefined
  stdout: string
  stderr: string
}
