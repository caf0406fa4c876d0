import {Command} from '@oclif/core/command'
import {string} from '@oclif/core/flags'

import type {Completes} from './domain/completion.ts'
import {type Access, type Caller, callerFrom, requireAccess} from './domain/role.ts'
import {printable, printableJson, requirePath} from './domain/text.ts'
import {type Failure, failureOf, failureText, type Thrown} from './failure.ts'
import {offering} from './offering.ts'
import {hostPlugins} from './plugins.ts'
import type {Host} from './services/host.ts'
import type {Project} from './services/project.ts'
import {print} from './standard-output.ts'
import {requireBareSwitches} from './switches.ts'
import {withWakefulFiles} from './system/wakeful-files.ts'

/** How a command appears as a tool. Its arguments come from its args and flags, its read-only hint from its access. */
export interface ToolOptions {
  /** When it is not the command's own name in snake case. */
  name?: string
  /** It can end something that runs. */
  destructive?: boolean
  /** It keeps a record although its access is `read`, such as what the planner has been told. */
  writes?: boolean
  /** The same call twice leaves what one call leaves. */
  idempotent?: boolean
  /** Flags that no tool has: what only a person may say, or what only a terminal needs. */
  without?: readonly string[]
}

/** A command computes a result, and says how a person reads it. The tool server uses only the first half. */
export abstract class PlannerCommand<Result> extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    'repo-path': string({
      summary: 'Any folder of the repository; default: the current one.',
      helpValue: '<folder>',
      helpGroup: 'GLOBAL',
      parse: async input => requirePath(input),
      ...offering('folder'),
    }),
  }

  static access: Access = 'operate'
  /** What exit codes of this command mean beyond what they mean everywhere; shown on its page. */
  static exitCodes?: Readonly<Record<number, string>>
  /** It starts, tells or ends sessions, so it first looks after what an earlier command of that kind left. */
  static changesSessions = false
  /** It stays until its input ends, and does nothing meanwhile but what it is asked. */
  static lastsUntilClosed = false
  /** What a shell can offer behind two dashes, where something else than our own arguments begins. */
  static completesRest?: Completes
  /** Present when the command is also a tool. */
  static tool?: ToolOptions

  /** Who calls. The tool server sets it; in a shell the environment tells. */
  caller: Caller = callerFrom(process.env)
  /** The folder a call without `--repo-path` means; the tool server sets it. */
  folder: string = process.cwd()

  /** What the serialized answer may take, in bytes; the tool server sets it. */
  maxBytes: number | null = null

  abstract execute(): Promise<Result>
  abstract render(result: Result): string | Promise<string>

  /** What the process ends with after an answer, such as 3 for `not now`; a tool's answer ends none. */
  exitCode(_result: Result): number {
    return 0
  }

  /** `execute`, for those who may. */
  async call(): Promise<Result> {
    const {access, flags, baseFlags, lastsUntilClosed} = this.ctor as typeof PlannerCommand
    requireAccess(this.caller, access, this.id ?? this.ctor.name)
    requireBareSwitches(this.argv, {json: {type: 'boolean'}, ...baseFlags, ...flags})
    if (lastsUntilClosed) return this.execute()
    return withWakefulFiles(() => this.execute())
  }

  async run(): Promise<Result> {
    const result = await this.callUntilStopped()
    const code = this.exitCode(result)
    if (code !== 0) process.exitCode = code
    if (!this.jsonEnabled()) {
      const text = await this.render(result)
      if (text !== '') print(`${text}\n`)
    }
    return result
  }

  private async callUntilStopped(): Promise<Result> {
    if (!(this.ctor as typeof PlannerCommand).changesSessions) return this.call()
    const {stoppable} = await import('./system/stop.ts')
    return stoppable(this.tellStopping, () => this.call())
  }

  private readonly tellStopping = (signal: NodeJS.Signals): void => {
    process.stderr.write(`${signal}: stops as soon as nothing is left half done. Once more ends it at once.\n`)
  }

  /** `looksOnly` leaves nothing behind on this machine. */
  protected async host(folder: string, tell = this.tell, looksOnly = false): Promise<Host> {
    const {openHost} = await import('./services/host.ts')
    const host = await openHost(process.env, hostPlugins(this.config), folder, {looksOnly})
    for (const sentence of host.warnings) tell(sentence)
    return host
  }

  /** The project of `--repo-path`, else of the session, else of the current folder. */
  protected async project(flags: {'repo-path'?: string | undefined}): Promise<Project> {
    const {openProject} = await import('./services/project.ts')
    const folder = flags['repo-path'] ?? this.caller.project ?? this.folder
    const project = await openProject(await this.host(folder), folder, this.caller, this.tell)
    if ((this.ctor as typeof PlannerCommand).changesSessions) {
      const {reconcile} = await import('./reconcile.ts')
      for (const sentence of await reconcile(this.config, project, this.id ?? '')) this.tell(sentence)
    }
    return project
  }

  /** This machine, for what no repository is needed for; one that is named must be there all the same. */
  protected async hostOf(flags: {'repo-path'?: string | undefined}): Promise<Host> {
    return flags['repo-path'] === undefined
      ? this.host(this.caller.project ?? this.folder)
      : (await this.project(flags)).host
  }

  /** A warning on standard error, where it disturbs neither JSON nor the tool protocol. */
  protected readonly tell = (sentence: string): void => {
    process.stderr.write(`Warning: ${printable(sentence)}\n`)
  }

  /** oclif colours JSON token by token, also without colour; this is the same text, at once, and nothing in it acts on a terminal. */
  protected override logJson(json: unknown): void {
    print(`${printableJson(json)}\n`)
  }

  /** oclif's own printing wraps long lines, also the ones to paste, and adds the whole help to a wrong command line. */
  protected override async catch(error: Thrown): Promise<void> {
    if (this.jsonEnabled()) return super.catch(error)
    process.stderr.write(`${failureText(this.failure(error))}\n`)
    throw Object.assign(error, {skipOclifErrorHandling: true})
  }

  protected override toErrorJson(error: Thrown): unknown {
    return {error: this.failure(error)}
  }

  private failure(error: Thrown): Failure {
    return failureOf(error, (this.id ?? '').replaceAll(':', ' '))
  }
}
