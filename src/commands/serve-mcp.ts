import path from 'node:path'

import {option, string} from '@oclif/core/flags'

import {type ErrorCode, PlannerError} from '../domain/errors.ts'
import {type Access, mayDo, type Role, requireOwnSession} from '../domain/role.ts'
import {PLANNER} from '../domain/session.ts'
import {sessionNameFlag} from '../flags.ts'
import type {Serving} from '../mcp/serving.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'

/** Where a folder is not in a repository that could be a project. */
const OUTSIDE: readonly ErrorCode[] = ['NOT_A_REPOSITORY', 'BARE_REPOSITORY']

const SERVED = ['planner', 'worker', 'observer'] as const

export default class ServeMcp extends PlannerCommand<void> {
  static override summary = 'Give the commands to Codex as tools (MCP).'
  static override description =
    'Speaks MCP on standard input and output until its input ends. Codex starts it by itself in every session of the team. To give the tools to another Codex as well, register it once, as in the first example.'
  static override examples = [
    'codex mcp add codex-orchestrator -- <%= config.bin %> serve-mcp',
    '<%= config.bin %> serve-mcp --role observer',
  ]
  static override hiddenAliases = ['mcp']
  static override enableJsonFlag = false
  static override lastsUntilClosed = true
  static override access: Access = 'read'
  static override flags = {
    role: option({
      options: SERVED,
      summary: "Whose tools; default: the planner's, in a worktree of a worker the observer's.",
    })(),
    session: sessionNameFlag({
      summary: "The session that is served; a worker's tools act for it alone.",
      ...offering('any-session'),
    }),
    run: string({hidden: true, summary: 'The id of this start of the session.'}),
  }

  async execute(): Promise<void> {
    const {flags} = await this.parse(ServeMcp)
    const session = flags.session ?? null
    const folder = process.cwd()
    const repoPath = flags['repo-path'] === undefined ? null : path.resolve(flags['repo-path'])
    if (flags.role === 'worker' && (session === null || session === PLANNER)) {
      throw new PlannerError(
        'INVALID_ARGUMENT',
        'The tools of a worker need its --session: they act for that session alone.',
      )
    }

    const serving = await this.serving(repoPath ?? folder, flags.run, repoPath !== null)

    const role = flags.role ?? ((await serving.isWorkerWorktree(folder)) ? 'observer' : 'planner')
    this.requireNoMore(role)
    if (session !== null) requireOwnSession(this.caller, session)

    const [{loadTools, toolServer}, {builtJudges}, {serveStdio}, {logLine}, {INSTRUCTIONS}] = await Promise.all([
      import('../mcp/server.ts'),
      import('../mcp/built-judges.ts'),
      import('../mcp/sdk.ts'),
      import('../mcp/stdio.ts'),
      import('../mcp/instructions.ts'),
    ])
    const {config} = this
    const caller = {role, session, project: repoPath}
    const tools = await loadTools(config)
    const judges = () => builtJudges(config.root)
    const server = toolServer({tools, config, caller, folder, repoPath, serving, judges, log: logLine})
    await serveStdio(server, {version: config.version, instructions: INSTRUCTIONS[role]})
  }

  /** The records of the team that this server keeps; none outside a repository, where every call names its own. */
  private async serving(folder: string, run: string | undefined, bound: boolean): Promise<Serving> {
    const [{unrecorded}, {servedSession, belongsTo, isWorkerFolder}] = await Promise.all([
      import('../mcp/serving.ts'),
      import('../services/served-session.ts'),
    ])
    try {
      const project = await this.project({'repo-path': folder})
      return {
        ...unrecorded,
        ...(run === undefined ? {} : servedSession(project, run)),
        sameProject: other => belongsTo(project, other),
        isWorkerWorktree: other => isWorkerFolder(project, other),
      }
    } catch (error) {
      if (!bound && error instanceof PlannerError && OUTSIDE.includes(error.code)) return unrecorded
      throw error
    }
  }

  render(): string {
    return ''
  }

  /** A session hands out its own rights at most. @throws PlannerError ROLE_FORBIDDEN */
  private requireNoMore(role: Role): void {
    const accesses: Access[] = ['read', 'work', 'plan', 'operate']
    if (accesses.every(access => mayDo(this.caller.role, access) || !mayDo(role, access))) return
    throw new PlannerError('ROLE_FORBIDDEN', `A ${this.caller.role}'s session cannot serve the tools of a ${role}.`)
  }
}
