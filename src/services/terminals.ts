import path from 'node:path'
import type {TerminalBackend, TerminalRef, TerminalState, WayBack} from '@codex-planner/plugin-api'

import {type Candidate, chooseBackend} from '../domain/backend-choice.ts'
import type {Board} from '../domain/board.ts'
import {windowTitle} from '../domain/dashboard.ts'
import {PlannerError} from '../domain/errors.ts'
import {activePlanner, changeSession, isActive, PLANNER, type Session} from '../domain/session.ts'
import {pasteable} from '../domain/shell.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'

export async function candidates(host: Host): Promise<Candidate[]> {
  const {found} = await host.terminalBackends()
  return Promise.all(found.map(async backend => ({backend, readiness: await backend.check()})))
}

/** Chosen once, when the planner starts; its workers inherit it. @throws PlannerError TERMINAL_UNAVAILABLE */
export async function backendFor(project: Project, board: Board): Promise<TerminalBackend> {
  const inherited = activePlanner(board)?.backend
  const wanted = inherited ?? project.host.config.terminal_backend
  return chooseBackend(wanted, await candidates(project.host), {inherited: inherited !== undefined})
}

/** The backend that opened a session's terminal; undefined when it is not installed (any more). */
export async function backendOf(host: Host, session: Session): Promise<TerminalBackend | undefined> {
  const {found} = await host.terminalBackends()
  return found.find(backend => backend.name === session.backend)
}

/**
 * Opens the terminal of a start, or finds the one that is open, and puts it on the board.
 * @throws PlannerError TERMINAL_UNAVAILABLE, with what the backend says
 */
export async function openTerminal(project: Project, session: Session, backend: TerminalBackend): Promise<Session> {
  const folder = path.join(project.paths.runs, session.run)
  const request = {
    id: session.run,
    project: project.key,
    session: session.name,
    // Planners of several repositories may stand side by side on one desktop.
    title: `${session.name} · ${path.basename(project.root)}`,
    script: path.join(folder, 'run.sh'),
    suspend: path.join(folder, 'suspend.sh'),
  }
  const terminal = await backend.open(request).catch((error: unknown) => {
    if (!(error instanceof Error) || error instanceof PlannerError) throw error
    throw new PlannerError('TERMINAL_UNAVAILABLE', error.message, ['codex-planner doctor'], {cause: error})
  })
  await project.board.change(board => [changeSession(board, session.run, {terminal}), null])
  return {...session, terminal}
}

/** What a terminal shows; nothing where that cannot be told just now. */
export async function shownIn(backend: TerminalBackend | undefined, ref: TerminalRef | null): Promise<string> {
  if (!backend?.screen || ref === null) return ''
  try {
    return await backend.screen(ref)
  } catch (error) {
    if (error instanceof Error) return ''
    throw error
  }
}

/** One question to each backend, however many sessions it has. */
export async function survey(host: Host, sessions: readonly Session[]): Promise<Map<Session, TerminalState>> {
  const states = new Map<Session, TerminalState>(sessions.map(session => [session, 'unknown']))
  const {found} = await host.terminalBackends()
  await Promise.all(
    found.map(async backend => {
      const own = sessions.filter(session => session.backend === backend.name && session.terminal !== null)
      if (own.length === 0) return
      const answers = await backend.survey(
        own.flatMap(session => (session.terminal === null ? [] : [session.terminal])),
      )
      for (const [index, session] of own.entries()) states.set(session, answers[index] ?? 'unknown')
    }),
  )
  return states
}

/** The same where it is only a courtesy: what was done is done, whether or not the terminals can be reached from here. */
export async function refreshDashboard(project: Project, board: Board): Promise<void> {
  try {
    await showDashboard(project, board)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    await project.trace('dashboard-failed', {reason: error.message})
  }
}

/** Shows the active sessions in the project's dashboard, where the backend has one. */
export async function showDashboard(project: Project, board: Board): Promise<void> {
  const active = board.sessions.filter(session => isActive(session) && session.terminal !== null)
  const {found} = await project.host.terminalBackends()
  for (const backend of found) {
    const own = active.filter(session => session.backend === backend.name)
    if (!backend.dashboard || own.length === 0) continue
    const ordered = own.toSorted((a, b) => Number(b.name === PLANNER) - Number(a.name === PLANNER))
    await backend.dashboard.show({
      project: project.key,
      windows: ordered.flatMap(session =>
        session.terminal === null ? [] : [{ref: session.terminal, title: windowTitle(board, session)}],
      ),
      status: dashboardStatus(board),
    })
  }
}

/** Takes the project's dashboards away; what they show goes on. */
export async function closeDashboards(project: Project): Promise<void> {
  const {found} = await project.host.terminalBackends()
  for (const backend of found) {
    if (!backend.dashboard || !(await backend.check()).ready) continue
    await backend.dashboard.close(project.key)
  }
}

function dashboardStatus(board: Board): string {
  const count = (status: string) => board.tasks.filter(task => task.status === status).length
  const lost = board.sessions.filter(session => session.status === 'lost' && !hasSuccessor(board, session)).length
  const parts = [
    [count('needs_input'), 'ask'],
    [count('review_ready'), 'to review'],
    [lost, 'lost'],
    [count('in_progress'), 'at work'],
  ] as const
  const shown = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`)
  return shown.length > 0 ? shown.join(' · ') : 'nothing to do'
}

function hasSuccessor(board: Board, session: Session): boolean {
  return board.sessions.findLast(other => other.name === session.name) !== session
}

export interface Attach {
  session: string | null
  /** The command that goes there from here; null where only a sentence helps. */
  command: string[] | null
  /** What a person reads or pastes. */
  hint: string
}

/** @throws PlannerError SESSION_NOT_FOUND */
export async function wayTo(project: Project, session: Session): Promise<Attach> {
  const backend = await backendOf(project.host, session)
  if (!backend || session.terminal === null || !isActive(session)) {
    throw new PlannerError('SESSION_NOT_FOUND', `${session.name} has no open terminal; it is ${session.status}.`, [
      'codex-planner list-sessions',
    ])
  }
  return attach(session.name, backend.wayBack(session.terminal))
}

/** The dashboard; else the planner. @throws PlannerError SESSION_NOT_FOUND */
export async function wayToTeam(project: Project, board: Board): Promise<Attach> {
  const planner = activePlanner(board)
  if (!planner) {
    throw new PlannerError('SESSION_NOT_FOUND', 'No planner is running for this repository.', ['codex-planner'])
  }
  const backend = await backendOf(project.host, planner)
  const way = await backend?.dashboard?.wayBack(project.key)
  return way ? attach(null, way) : wayTo(project, planner)
}

/** The same for somebody who asked for the dashboard: where there is none and no command leads anywhere, the sentence says so. */
export async function wayToDashboard(project: Project, board: Board): Promise<Attach> {
  const way = await wayToTeam(project, board)
  const backend = activePlanner(board)?.backend
  const {found} = await project.host.terminalBackends()
  if (way.command !== null || found.some(({name, dashboard}) => name === backend && dashboard !== undefined)) return way
  return {...way, hint: `${backend} has no dashboard: each session has a window of its own. ${way.hint}`}
}

function attach(session: string | null, way: WayBack): Attach {
  if ('hint' in way) return {session, command: null, hint: way.hint}
  return {session, command: way.command, hint: pasteable(way.command)}
}
