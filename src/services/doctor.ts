import {accessSync, constants, statSync} from 'node:fs'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import type {Task} from '../domain/task.ts'
import {readPage} from '../store/pages.ts'
import {codexHome} from '../system/codex.ts'
import {isNodeError} from '../system/program.ts'
import {selfCommand} from '../system/self.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'
import {registrationFinding} from './registration.ts'
import {candidates} from './terminals.ts'

export interface Check {
  name: string
  status: 'ok' | 'warning' | 'failed'
  detail: string
  /** One command to paste; null when there is nothing to do. */
  remedy: string | null
}

export interface Checkup {
  ok: boolean
  checks: Check[]
}

type Finding = Omit<Check, 'name'>

const ok = (detail: string): Finding => ({status: 'ok', detail, remedy: null})
const warning = (detail: string, remedy: string | null): Finding => ({status: 'warning', detail, remedy})
const failed = (detail: string, remedy: string | null): Finding => ({status: 'failed', detail, remedy})

/** What a check needs; each opens what it looks at itself, so that one fault does not hide the others. */
export interface Subject {
  openHost(): Promise<Host>
  openProject(host: Host): Promise<Project>
  env: NodeJS.ProcessEnv
}

/** Looks at everything a planner needs. It changes nothing. */
export async function checkUp(subject: Subject): Promise<Checkup> {
  const checks: Check[] = [{name: 'node', ...nodeFinding(process.versions.node)}]
  const add = async (name: string, look: () => Promise<Finding>) => {
    checks.push({name, ...(await found(look))})
  }
  let host: Host | undefined
  await add('configuration', async () => {
    host = await subject.openHost()
    return host.warnings.length > 0
      ? warning(host.warnings.join(' '), null)
      : ok(`read, ${host.config.terminal_backend} terminal`)
  })
  if (host) await checkHost(host, add)
  if (host) await checkProject(subject, host, add)
  return {ok: checks.every(({status}) => status !== 'failed'), checks}
}

/** The checks without which a planner cannot start. @throws PlannerError of the first that fails */
export async function requireReadyHost(host: Host): Promise<string> {
  const {backend} = await readyTerminal(host)
  const [codex, git] = [await host.codex().version(), await host.git().version()]
  return `Codex ${codex}, ${git}, terminals in ${backend}`
}

type Add = (name: string, look: () => Promise<Finding>) => Promise<void>

async function found(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof PlannerError) return failed(error.message, remedyOf(error))
    throw error
  }
}

/** What helps besides asking the doctor again. */
function remedyOf(error: PlannerError): string | null {
  return error.suggestions.find(suggestion => suggestion !== 'codex-planner doctor') ?? null
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return ok(`Node ${version}`)
  return failed(`Node ${version}; 22.13 or newer is needed`, 'npm install -g node@26')
}

async function checkHost(host: Host, add: Add): Promise<void> {
  await add('git', async () => {
    const version = await host.git().version()
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
    if (major > 2 || (major === 2 && minor >= 36)) return ok(version)
    return failed(`${version}; 2.36 or newer is needed for safe lists of worktrees`, 'sudo apt-get install -y git')
  })
  await add('codex', async () => ok(`Codex ${await host.codex().version()}, ${host.codex().program}`))
  await add('codex home', async () => homeFinding(codexHome(host.env)))
  await add('codex login', async () => loginFinding(await host.codex().login()))
  await add('codex tools', () => registrationFinding(host))
  await add('terminal', async () => {
    const {backend, detail} = await readyTerminal(host)
    return ok(`${backend}: ${detail}`)
  })
  await add('plugins', async () => {
    const {faults} = await host.terminalBackends()
    const all = [...faults, ...(await host.workerPolicies()).faults]
    if (all.length === 0) return ok('every installed plugin answers')
    const [first] = all
    return warning(
      all.map(({plugin, reason}) => `${plugin}: ${reason}`).join(' '),
      first ? pasteable(['codex-planner', 'plugins', 'uninstall', first.plugin]) : null,
    )
  })
  await add('tool server', async () => toolServerFinding(host))
}

/** The terminal of the next planner, and what it says of itself. @throws PlannerError TERMINAL_UNAVAILABLE */
export async function readyTerminal(host: Host): Promise<{backend: string; detail: string}> {
  const {chooseBackend} = await import('../domain/backend-choice.ts')
  const all = await candidates(host)
  const backend = chooseBackend(host.config.terminal_backend, all)
  const readiness = all.find(candidate => candidate.backend === backend)?.readiness
  return {backend: backend.name, detail: readiness?.ready ? readiness.detail : ''}
}

function loginFinding(login: {ok: boolean; summary: string}): Finding {
  return login.ok ? ok(login.summary) : failed(`Codex cannot reach a model as it is: ${login.summary}`, 'codex login')
}

function homeFinding(home: string): Finding {
  try {
    accessSync(home, constants.W_OK)
    return statSync(home).isDirectory() ? ok(home) : failed(`${home} is not a folder`, pasteable(['ls', '-ld', home]))
  } catch (error) {
    if (!isNodeError(error)) throw error
    if (error.code === 'ENOENT')
      return failed(`Codex has no folder ${home} yet; it has never been set up for this user`, 'codex login')
    return failed(`${home} cannot be written`, pasteable(['ls', '-ld', home]))
  }
}

/** Starts our own tool server the way Codex would, and asks it who it is. */
async function toolServerFinding(host: Host): Promise<Finding> {
  const {runProgram} = await import('../system/program.ts')
  const [node, script] = selfCommand()
  const params = {protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {name: 'doctor', version: '1'}}
  const hello = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'initialize', params})
  const {stdout, stderr} = await runProgram(node, [script, 'serve-mcp', '--role', 'observer'], {
    input: `${hello}\n`,
    env: host.env,
    timeout: 20_000,
  })
  if (stdout.includes('"serverInfo"')) return ok('starts and answers')
  return failed(
    `it did not answer: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    'codex-planner serve-mcp --role observer',
  )
}

/** What of `.codex/` is this machine's alone. */
const STATE = ['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state']

async function checkProject(subject: Subject, host: Host, add: Add): Promise<void> {
  let project: Project | undefined
  await add('repository', async () => {
    project = await subject.openProject(host)
    const commit = await project.git.commit(project.root, 'HEAD')
    if (commit === null)
      return warning(
        `${project.root} has no commit yet; workers need one`,
        pasteable(['git', '-C', project.root, 'commit', '--allow-empty', '-m', 'First commit']),
      )
    const worktrees = await project.git.worktrees(project.root)
    return ok(`${project.root}, ${worktrees.length} worktree(s)`)
  })
  if (!project) return
  const {board, git, paths, root} = project
  const tasks: Task[] = []
  await add('board', async () => {
    const read = await readBoard(board)
    tasks.push(...(read?.tasks ?? []))
    return boardFinding(read)
  })
  if (tasks.length > 0) await add('handoffs', async () => handoffsFinding(await missingHandoffs(paths, tasks)))
  await add('tracked state', async () => {
    const tracked = await git.tracked(root, STATE)
    if (tracked.length === 0) return ok('git tracks none of it')
    return failed(
      `git tracks ${tracked.length} file(s) of the team's state, ${tracked[0]} first`,
      pasteable(['git', '-C', root, 'rm', '-r', '--cached', ...STATE, '--ignore-unmatch']),
    )
  })
}

async function readBoard(board: Project['board']): Promise<Board | null> {
  try {
    return await board.read()
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'NOT_INITIALIZED') return null
    throw error
  }
}

function boardFinding(board: Board | null): Finding {
  if (board === null) return warning('this repository has no board yet', 'codex-planner init')
  return ok(`${board.tasks.length} task(s), ${board.sessions.length} session record(s)`)
}

/** @throws PlannerError UNSAFE_FILE when one is no plain file */
async function missingHandoffs(paths: Project['paths'], tasks: readonly Task[]): Promise<Task[]> {
  const missing: Task[] = []
  for (const task of tasks)
    if (!(await readPage(paths, task.handoff_file, {offset: 0, maxBytes: 1}))) missing.push(task)
  return missing
}

function handoffsFinding(missing: readonly Task[]): Finding {
  const [first] = missing
  if (!first) return ok('every task has its file')
  return warning(
    `${missing.length} task(s) have no handoff file any more, ${first.id} first: ${first.handoff_file}`,
    pasteable(['codex-planner', 'update-task', first.id]),
  )
}
