import type {Board} from '../domain/board.ts'
import {isActive, latestSession, type Session, sessionOf} from '../domain/session.ts'
import {type Fact, lastMessage, type ProcessValue, type TokenUse, type TurnValue, tokenUse} from '../domain/status.ts'
import type {TaskStatus} from '../domain/task.ts'
import {factsOf, recordOf, type SessionFacts} from './evidence.ts'
import type {Project} from './project.ts'

export interface SessionView extends Session {
  process: Fact<ProcessValue> & {age_seconds: number | null}
  turn: Fact<TurnValue> & {age_seconds: number | null}
  /** The status of its task; null for a planner. */
  task: TaskStatus | null
}

export interface SessionDetails extends SessionView {
  /** The last thing its model said, as data. */
  last_message: string | null
  /** What the conversation has used so far; null where it has no record. */
  tokens: TokenUse | null
}

export interface SessionQuery {
  activeOnly: boolean
  /** Of the serialized answer; null for no bound. */
  maxBytes: number | null
}

/** The newest record of every name, the planner first. */
export async function listSessions(project: Project, {activeOnly, maxBytes}: SessionQuery): Promise<SessionView[]> {
  const board = await project.board.read()
  const names = [...new Set(board.sessions.map(({name}) => name))]
  const newest = names.flatMap(name => latestSession(board, name) ?? [])
  const shown = newest.filter(session => !activeOnly || isActive(session)).toSorted(byRoleAndName)
  const facts = await factsOf(project, shown)
  return fitting(
    facts.map(one => view(one, board, project.host.now())),
    maxBytes,
  )
}

/** @throws PlannerError SESSION_NOT_FOUND */
export async function showSession(
  project: Project,
  name: string,
  {maxBytes}: {maxBytes: number | null},
): Promise<SessionDetails> {
  const board = await project.board.read()
  const session = sessionOf(board, name)
  const [facts] = await factsOf(project, [session])
  if (!facts) throw new Error(`Nothing is known about ${name}.`)
  const record = session.codex_session_id === null ? [] : await recordOf(project, session.codex_session_id)
  return {
    ...view(facts, board, project.host.now()),
    last_message: bounded(lastMessage(record), maxBytes),
    tokens: tokenUse(record),
  }
}

/** Ended sessions are left out first when the answer would be too large: the ones that can still act are what a planner needs. */
function fitting(views: SessionView[], maxBytes: number | null): SessionView[] {
  if (maxBytes === null) return views
  const fits = (some: readonly SessionView[]) => Buffer.byteLength(JSON.stringify(some)) <= maxBytes - 200
  const shown = [...views].toSorted((a, b) => Number(isActive(b)) - Number(isActive(a)))
  while (shown.length > 1 && !fits(shown)) shown.pop()
  return shown.toSorted(byRoleAndName)
}

/** A long last message is cut at a character where the answer is bounded; the whole of it stands in the terminal. */
function bounded(text: string | null, maxBytes: number | null): string | null {
  const most = maxBytes === null ? Number.POSITIVE_INFINITY : maxBytes / 4
  if (text === null || Buffer.byteLength(JSON.stringify(text)) <= most) return text
  return `${text.slice(0, Math.floor(most / 6)).toWellFormed()}…`
}

function byRoleAndName(a: Session, b: Session): number {
  if (a.role !== b.role) return a.role === 'planner' ? -1 : 1
  return a.name.localeCompare(b.name, 'en', {numeric: true})
}

function view({session, process, turn}: SessionFacts, board: Board, now: string): SessionView {
  const task = board.tasks.find(task => task.id === session.task_id)?.status ?? null
  return {...session, process: aged(process, now), turn: aged(turn, now), task}
}

function aged<Value extends string>(fact: Fact<Value>, now: string): Fact<Value> & {age_seconds: number | null} {
  const age_seconds = fact.at === null ? null : Math.max(0, Math.round((Date.parse(now) - Date.parse(fact.at)) / 1000))
  return {...fact, age_seconds}
}
