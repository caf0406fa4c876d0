import path from 'node:path'
import type {TerminalBackend} from '@codex-planner/plugin-api'

import type {Board} from '../domain/board.ts'
import {
  codexCommand,
  OTHER_TOOL_SERVER,
  TOOL_PLUGIN,
  TOOL_SERVER,
  trusting,
  withoutPlugins,
} from '../domain/codex-command.ts'
import {PlannerError} from '../domain/errors.ts'
import {changeSession, endSession, failedStart, type Session, type SessionRole} from '../domain/session.ts'
import {environmentFile, passedOn, sessionScript} from '../domain/session-script.ts'
import {suspendScript} from '../domain/suspend-script.ts'
import {printableLines} from '../domain/text.ts'
import {hostPaths} from '../store/paths.ts'
import {writeRendered} from '../store/prompts.ts'
import {createRun, readRun, waitForRun} from '../store/runs.ts'
import {writeShim} from '../store/shim.ts'
import {selfCommand} from '../system/self.ts'
import {heavyRefusal} from './heavy-refusal.ts'
import type {Project} from './project.ts'
import {REPAIR, takeBack} from './settle.ts'
import {openTerminal, shownIn} from './terminals.ts'
import {sessionIsUp} from './up.ts'

export interface StartRequest {
  role: SessionRole
  name: string
  taskId: string | null
  /** The absolute folder Codex works in. */
  cwd: string
  /** The conversation to go on with; null for a new one. */
  conversation: string | null
  /** The first message; null to open the conversation and say nothing. */
  prompt: string | null
  developerInstructions: string
  model: string | null
  backend: TerminalBackend
  /** The planner's: the revision its prompt tells it about. */
  toldRevision: number
}

const HELLO_MS = 10_000
const UP_MS = 10_000

/**
 * Makes what a claimed session needs, opens its terminal and waits until Codex is up, which its tool server says; after ten seconds the session is
 * still `starting`, and the tool server's own word makes it `running`.
 * @throws PlannerError START_FAILED with the terminal's last lines when Codex ends at once
 */
export async function startSession(
  project: Project,
  session: Session,
  makeRequest: () => Promise<StartRequest>,
): Promise<Board> {
  try {
    const request = await makeRequest()
    await project.step('script', () => prepare(project, session, request))
    const opened = await project.step('terminal', () => openTerminal(project, session, request.backend))
    return await project.step('up', () => waitUntilUp(project, opened, request.backend))
  } catch (error) {
    await giveUp(project, session)
    throw error
  }
}

/**
 * A start that nobody has claimed never happens; one that was claimed and has not ended may run, so its record stays. Whoever asked for it
 * hears of it as the answer, so it counts as asked for.
 */
async function giveUp(project: Project, session: Session): Promise<void> {
  await takeBack(project, session)
  const {claim, exit} = await readRun(project.paths, session.run)
  if (claim !== REPAIR && !exit) return
  const now = project.host.now()
  await project.board.change(board => {
    const status = failedStart(board, session)
    const ending = {status, task_status: null, asked_at: now, asked_by: project.author}
    const asked = changeSession(board, session.run, {ending})
    return [endSession(asked, session.run, status, exit ?? {code: null, at: now}), null]
  })
}

async function waitUntilUp(project: Project, session: Session, backend: TerminalBackend): Promise<Board> {
  const hello = () => waitForRun(project.paths, session.run, ['hello'], HELLO_MS)
  // A script that claims its start at the last moment gets as long again.
  if (!(await hello()) && ((await takeBack(project, session)) || !(await hello()))) {
    throw await startFailed(project, session, backend, 'The terminal opened, but nothing started in it.')
  }
  await waitForRun(project.paths, session.run, ['ready', 'exit'], UP_MS)
  const {ready, exit} = await readRun(project.paths, session.run)
  if (exit) throw await startFailed(project, session, backend, `Codex ended at once with code ${exit.code}.`)
  return ready ? sessionIsUp(project, session.run) : project.board.read()
}

/** There a terminal whose program failed stays to be read. */
const IN_TMUX = 'CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux codex-planner'

async function startFailed(
  project: Project,
  session: Session,
  backend: TerminalBackend,
  what: string,
): Promise<PlannerError> {
  const lines = printableLines(await shownIn(backend, session.terminal))
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line !== '')
    .slice(-15)
  await project.trace('start-failed', {session: session.name, run: session.run, lines})
  if (session.terminal !== null) await backend.close(session.terminal)
  const shown = lines.length > 0 ? ` Its last lines:\n${lines.map(line => `  ${line}`).join('\n')}` : ''
  const unseen = backend.screen ? '' : ' What it said went with its terminal.'
  const seen = backend.screen || session.role !== 'planner' ? [] : [IN_TMUX]
  return new PlannerError('START_FAILED', `${session.name} could not be started. ${what}${unseen}${shown}`, [
    ...seen,
    'codex-planner doctor',
  ])
}

/**
 * What a sandboxed Codex must be able to write beside its worktree to commit and to use our command line. The worktree's own Git folder is
 * named although it lies in the common one: Codex guards it by itself, and only naming it lifts that.
 */
async function sandboxFolders(project: Project, worktree: string): Promise<string[]> {
  return [project.commonDir, await project.git.gitDir(worktree), project.paths.codex]
}

const PROMPT_AS_ARGUMENT = 100_000

async function prepare(project: Project, session: Session, request: StartRequest): Promise<void> {
  const {host, paths, root} = project
  const {prompt} = request
  const promptFile = prompt === null ? null : path.join(root, await writeRendered(paths, session.run, prompt))
  const cli = await writeShim(paths, selfCommand())
  const folder = path.join(paths.runs, session.run)
  const locations = hostPaths(host.env)
  const [node, script] = selfCommand()
  const identity = {
    CODEX_ORCHESTRATOR_PROJECT: root,
    CODEX_ORCHESTRATOR_ROLE: session.role,
    CODEX_ORCHESTRATOR_SESSION: session.name,
    CODEX_ORCHESTRATOR_RUN: session.run,
    CODEX_ORCHESTRATOR_CLI: cli,
  }
  // Codex starts tool servers with an empty environment: what ours must agree on with the command line is given, the rest named.
  const given = {
    ...identity,
    ...(host.env.CODEX_ORCHESTRATOR_CONFIG ? {CODEX_ORCHESTRATOR_CONFIG: locations.config} : {}),
    XDG_STATE_HOME: path.dirname(locations.stateFolder),
    CODEX_HOME: host.codexHome,
  }
  const env = {...host.env, CODEX_HOME: host.codexHome}
  const otherPlugins = await host.codex().plugins(TOOL_PLUGIN)
  const settings = [...trusting(root), ...withoutPlugins(otherPlugins)]
  const registered = await host.codex().toolServers(settings, request.cwd)
  const here = ['--repo-path', root, '--run', session.run]
  const heavy = await heavyRefusal(project, {run: session.run, cwd: request.cwd, cli})
  const long = prompt !== null && prompt.length > PROMPT_AS_ARGUMENT
  const codex = codexCommand({
    program: host.codex().program,
    extraArgs: host.config.codex_args,
    role: session.role,
    model: request.model,
    cwd: request.cwd,
    root,
    conversation: request.conversation,
    toolServer: {
      command: node,
      args: [script, 'serve-mcp', '--role', session.role, '--session', session.name, ...here],
      env: given,
      envNames: passedOn(env).filter(name => !(name in given)),
    },
    otherServers: registered.filter(({name}) => name === OTHER_TOOL_SERVER),
    otherPlugins,
    notify: [node, script, 'internal', 'turn-ended', ...here, '--'],
    developerInstructions: request.developerInstructions,
    writable: host.config.codex_args.includes('--yolo') ? [] : await sandboxFolders(project, request.cwd),
    withPrompt: prompt !== null,
    hook: heavy?.hook ?? null,
  })
  await createRun(paths, session.run, {
    env: environmentFile(env),
    heavy: heavy?.script ?? null,
    suspend: suspendScript({root, cli, env: {...env, ...given}}),
    script: sessionScript({
      session: session.name,
      run: session.run,
      project: project.key,
      folder,
      cwd: request.cwd,
      identity,
      shimFolder: path.dirname(paths.shim),
      codex: long ? [...codex, `Your instructions are in the file ${promptFile}. Read all of it first.`] : codex,
      promptFile: long ? null : promptFile,
      report: [node, script, 'internal', 'session-ended', ...here],
    }),
  })
  await project.trace('start', {
    session: session.name,
    run: session.run,
    tools: TOOL_SERVER,
    resumes: request.conversation,
  })
}
