import {existsSync} from 'node:fs'

import {type Board, EMPTY_BOARD} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {activePlanner} from '../domain/session.ts'
import {editing} from '../domain/shell.ts'
import {hostPaths} from '../store/paths.ts'
import {codexHome} from '../system/codex.ts'
import {type Finding, failed, ok, warning} from './checks/finding.ts'
import {heavyCommandsFinding} from './checks/heavy-commands.ts'
import {fileSystemFinding, logoutFinding, placesOf, stateFolderFinding} from './checks/machine.ts'
import {type InstalledPlugin, pluginsFinding} from './checks/plugins.ts'
import {gitFinding, homeFinding, loginFinding, nodeFinding, toolServerFinding} from './checks/programs.ts'
import {gitSettingsFinding, repositoryFinding, trackedFinding} from './checks/repository.ts'
import {
  archiveFinding,
  boardFinding,
  handoffsFinding,
  lookAtBoard,
  readBoard,
  sessionsFinding,
  unfinishedFinding,
} from './checks/team.ts'
import {trashFinding, worktreesFinding} from './checks/worktrees.ts'
import {factsOf} from './evidence.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'
import {registrationFinding} from './registration.ts'
import {candidates} from './terminals.ts'

export interface Check extends Finding {
  name: string
}

export interface Checkup {
  ok: boolean
  checks: Check[]
}

/** What a check needs; each opens what it looks at itself, so that one fault does not hide the others. */
export interface Subject {
  openHost(): Promise<Host>
  openProject(host: Host): Promise<Project>
  env: NodeJS.ProcessEnv
  plugins: readonly InstalledPlugin[]
}

/** Looks at everything a planner needs. It changes nothing. */
export async function checkUp(subject: Subject): Promise<Checkup> {
  const checks: Check[] = []
  const add = async (name: string, look: () => Promise<Finding>) => {
    checks.push({name, ...(await found(name, look))})
  }
  let host: Host | undefined
  await add('node', async () => nodeFinding(process.versions.node, process.execPath))
  await add('configuration', async () => {
    const file = hostPaths(subject.env).config
    host = await subject.openHost()
    return host.warnings.length > 0
      ? warning(host.warnings.join(' '), editing(file))
      : ok(
          `${file}${existsSync(file) ? '' : ', not there, so defaults hold'}; ${host.config.terminal_backend} terminal`,
        )
  })
  if (host) await checkHost(subject, host, add)
  if (host) await checkProject(subject, host, add)
  return {ok: checks.every(({status}) => status !== 'failed'), checks}
}

/** The checks without which a planner cannot start. @throws PlannerError of the first that fails */
export async function requireReadyHost(project: Project): Promise<string> {
  const {host} = project
  const terminals = (await terminalOfPlanner(project)) ?? (await terminalOfNext(host))
  const [codex, git] = [await host.codex().version(), await host.git().version()]
  return `Codex ${codex}, ${git}, terminals in ${terminals}`
}

/** A planner that is there has its terminal, whether or not another one could be opened from here, such as a window without a display. */
async function terminalOfPlanner(project: Project): Promise<string | undefined> {
  const planner = activePlanner((await readBoard(project.board)) ?? EMPTY_BOARD)
  if (!planner) return undefined
  const [facts] = await factsOf(project, [planner])
  return facts?.process.value === 'gone' ? undefined : `${planner.backend}, where the planner is`
}

async function terminalOfNext(host: Host): Promise<string> {
  const {backend, why} = await readyTerminal(host)
  return `${backend}${why}`
}

type Add = (name: string, look: () => Promise<Finding>) => Promise<void>

async function found(name: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof PlannerError) return failed(error.message, remedyOf(name, error))
    throw error
  }
}

/** Where an error names nothing that helps, what shows more of it. */
const TO_SEE_MORE = new Map([
  ['git', 'git --version'],
  ['codex', 'codex --version'],
  ['codex login', 'codex doctor'],
  ['codex tools', 'codex mcp list'],
  ['heavy commands', 'codex --version'],
  ['terminal', 'codex-planner plugins --core'],
  ['plugins', 'codex-planner plugins'],
  ['tool server', 'codex-planner serve-mcp --role observer'],
  ['repository', 'git status'],
])

/** What helps besides asking the doctor again. */
function remedyOf(name: string, error: PlannerError): string {
  const told = error.suggestions.find(suggestion => suggestion !== 'codex-planner doctor')
  return told ?? TO_SEE_MORE.get(name) ?? 'ls -la .codex .codex/board'
}

async function checkHost({env, plugins}: Subject, host: Host, add: Add): Promise<void> {
  await add('git', async () => gitFinding(await host.git().version()))
  await add('codex', async () => ok(`Codex ${await host.codex().version()}, ${host.codex().program}`))
  await add('codex home', async () => homeFinding(codexHome(host.env)))
  await add('codex login', async () => loginFinding(await host.codex().login()))
  await add('codex tools', () => registrationFinding(host))
  if (host.config.heavy_commands.length > 0) await add('heavy commands', () => heavyCommandsFinding(host))
  await add('terminal', async () => {
    const {backend, detail, why} = await readyTerminal(host)
    return ok(`${backend}: ${detail}${why}`)
  })
  await add('plugins', () => pluginsFinding(host, plugins))
  await add('tool server', () => toolServerFinding(host))
  await add('state folder', async () => stateFolderFinding(env))
  await add('logout', async () => logoutFinding())
}

/** The terminal of the next planner; `why` tells in brackets what better one there is not, or is empty. @throws PlannerError TERMINAL_UNAVAILABLE */
export async function readyTerminal(host: Host): Promise<{backend: string; detail: string; why: string}> {
  const {chooseBackend, passedOver} = await import('../domain/backend-choice.ts')
  const wanted = host.config.terminal_backend
  const all = await candidates(host)
  const backend = chooseBackend(wanted, all)
  const readiness = all.find(candidate => candidate.backend === backend)?.readiness
  const others = passedOver(wanted, all, backend)
  const why = others.length > 0 ? ` (${others.join('; ')})` : ''
  return {backend: backend.name, detail: readiness?.ready ? readiness.detail : '', why}
}

async function checkProject(subject: Subject, host: Host, add: Add): Promise<void> {
  let project: Project | undefined
  await add('repository', async () => {
    project = await subject.openProject(host)
    return repositoryFinding(project)
  })
  const {stateFolder} = hostPaths(subject.env)
  const folders = project === undefined ? [] : [project.root, project.commonDir]
  await add('file system', async () => fileSystemFinding(placesOf([...folders, stateFolder])))
  if (project) await checkTeam(project, add)
}

async function checkTeam(project: Project, add: Add): Promise<void> {
  let board: Board | undefined
  await add('git settings', () => gitSettingsFinding(project))
  await add('tracked state', () => trackedFinding(project))
  await add('board', async () => {
    const looked = await lookAtBoard(project.board)
    board = looked?.board
    return boardFinding(looked)
  })
  if (!board) return
  const read = board
  if (existsSync(project.paths.board.archive)) await add('archive', () => archiveFinding(project))
  if (read.tasks.length > 0) await add('handoffs', () => handoffsFinding(project, read))
  if (read.tasks.some(({worktree}) => worktree !== null)) await add('worktrees', () => worktreesFinding(project, read))
  await add('trash', () => trashFinding(project))
  await add('unfinished', () => unfinishedFinding(project, read))
  await add('sessions', () => sessionsFinding(project, read))
}
