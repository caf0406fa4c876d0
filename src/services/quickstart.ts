import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {type Guide, guideFor, type SessionBrief, type TeamFacts} from '../domain/quickstart.ts'
import {isActive, PLANNER} from '../domain/session.ts'
import {isReady, nextTaskId} from '../domain/task.ts'
import {readyTerminal} from './doctor.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'
import {listSessions, type SessionView} from './sessions.ts'
import {selectTasks} from './tasks.ts'

export type Quickstart = TeamFacts & Guide

/** What is looked at is opened here, so that one fault does not hide the rest. */
export interface Subject {
  openHost(): Promise<Host>
  openProject(host: Host): Promise<Project>
}

/** Explains the way of working with what is true here and now. It changes nothing. */
export async function quickstart(subject: Subject): Promise<Quickstart> {
  const facts = await factsOf(subject)
  return {...facts, ...guideFor(facts)}
}

const NOTHING: TeamFacts = {
  repository: null,
  initialized: false,
  problem: null,
  has_commit: false,
  terminal: {backend: null, detail: ''},
  planner: null,
  workers: [],
  by_status: {},
  next_task: {id: 'TASK-001', title: null},
  waiting: [],
}

async function factsOf(subject: Subject): Promise<TeamFacts> {
  let facts = NOTHING
  try {
    const host = await subject.openHost()
    facts = {...facts, terminal: await terminalOf(host)}
    const project = await subject.openProject(host)
    const has_commit = (await project.git.commit(project.root, 'HEAD')) !== null
    facts = {...facts, repository: project.root, has_commit}
    const board = await project.board.read()
    const {sessions} = await listSessions(project, {activeOnly: false, maxBytes: null})
    return {...facts, initialized: true, ...boardFacts(board), ...sessionFacts(sessions, host, facts)}
  } catch (error) {
    if (!(error instanceof PlannerError)) throw error
    // A repository without a board is where everybody begins.
    if (error.code === 'NOT_INITIALIZED') return facts
    return {...facts, problem: {message: error.message, command: error.suggestions[0] ?? 'codex-planner doctor'}}
  }
}

async function terminalOf(host: Host): Promise<TeamFacts['terminal']> {
  try {
    const {backend, detail, why} = await readyTerminal(host)
    return {backend, detail: `${detail}${why}`}
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'TERMINAL_UNAVAILABLE')
      return {backend: null, detail: error.message}
    throw error
  }
}

function boardFacts(board: Board): Pick<TeamFacts, 'by_status' | 'next_task' | 'waiting'> {
  const open = {statuses: [], ready: false, all: false, maxBytes: null}
  const {tasks, by_status} = selectTasks(board, open)
  const next = tasks.find(task => isReady(board, task))
  return {
    by_status,
    next_task: next ? {id: next.id, title: next.title} : {id: nextTaskId(board), title: null},
    waiting: tasks.filter(({status}) => status === 'needs_input' || status === 'review_ready').map(({id}) => id),
  }
}

/** The team's terminal is the one that its planner runs in. */
function sessionFacts(
  sessions: readonly SessionView[],
  host: Host,
  {terminal}: TeamFacts,
): Pick<TeamFacts, 'planner' | 'workers' | 'terminal'> {
  const planner = sessions.find(({name}) => name === PLANNER)
  const inherited = planner && isActive(planner) && planner.backend !== terminal.backend
  return {
    planner: planner ? brief(planner) : null,
    workers: sessions
      .filter(({name, status}) => name !== PLANNER && status !== 'closed' && status !== 'lost')
      .map(brief),
    terminal: inherited
      ? {
          backend: planner.backend,
          detail: `the planner runs there; terminal_backend = ${host.config.terminal_backend} decides about the next one`,
        }
      : terminal,
  }
}

function brief({name, status, process, turn, task_id, task}: SessionView): SessionBrief {
  return {name, status, process: process.value, turn: turn.value, task_id, task}
}
