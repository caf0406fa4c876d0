import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {isActive, latestSession, PLANNER, requireSessionName, type Session, sessionOf} from '../domain/session.ts'
import {type Fact, lastMessage, type ProcessValue, type TokenUse, type TurnValue, tokenUse} from '../domain/status.ts'
import type {TaskStatus} from '../domain/task.ts'
import {cutForJson, jsonBytes} from '../domain/text.ts'
import type {Trouble} from '../domain/trouble.ts'
import {factsOf, recordOf, type SessionFacts} from './evidence.ts'
import {briefSession} from './fitting.ts'
import type {Project} from './project.ts'
import {startsOf} from './starts.ts'
import {foreignCursor} from './tasks.ts'
import {attentionNow, troublesOf} from './trouble.ts'

export interface SessionView extends Session {
  process: Fact<ProcessValue> & {age_seconds: number | null}
  turn: Fact<TurnValue> & {age_seconds: number | null}
  /** The status of its task; null for a planner, and where the task is not to be found. */
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
  limit?: number | undefined
  /** Of the serialized answer; null for no bound. */
  maxBytes: number | null
  cursor?: string | undefined
}

export interface SessionPage {
  sessions: SessionView[]
  /** The last name on this page; null when no more follow. */
  next_cursor: string | null
}

/** The newest record of every name, the planner first and then by name, so a page stays right while sessions come and go. @throws PlannerError CURSOR_INVALID */
export async function listSessions(project: Project, query: SessionQuery): Promise<SessionPage> {
  const after = query.cursor === undefined ? undefined : cursorName(query.cursor)
  const board = await project.board.read()
  const names = [...new Set(board.sessions.map(({name}) => name))].toSorted(byName)
  const rest = names
    .filter(name => after === undefined || byName(name, after) > 0)
    .flatMap(name => latestSession(board, name) ?? [])
    .filter(session => !query.activeOnly || isActive(session))
  const facts = await factsOf(project, rest.slice(0, query.limit))
  const troubles = await troublesOf(project, board, facts)
  const views = facts.map(one => view(one, board, project.host.now(), troubles.get(one.session.run)))
  const sessions = fittingPage(views, query.maxBytes)
  return {sessions, next_cursor: rest.length > sessions.length ? (sessions.at(-1)?.name ?? null) : null}
}

/** Room for the cursor beside the sessions. */
const ENVELOPE_BYTES = 100

function fittingPage(views: readonly SessionView[], maxBytes: number | null): SessionView[] {
  if (maxBytes === null) return [...views]
  const page: SessionView[] = []
  let left = maxBytes - ENVELOPE_BYTES
  for (const one of views.map(briefSession)) {
    left -= jsonBytes(one) + 1
    if (left < 0 && page.length > 0) break
    page.push(one)
  }
  return page
}

function cursorName(cursor: string): string {
  try {
    return requireSessionName(cursor)
  } catch (error) {
    if (error instanceof PlannerError) throw foreignCursor('list-sessions')
    throw error
  }
}

/** @throws PlannerError SESSION_NOT_FOUND */
export async function showSession(
  project: Project,
  name: string,
  {maxBytes}: {maxBytes: number | null},
): Promise<SessionDetails> {
  const read = await project.board.read()
  const session = sessionOf(await startsOf(project, read, name), name)
  const board = await withTaskOf(project, read, session)
  const [facts] = await factsOf(project, [session])
  if (!facts) throw new Error(`Nothing is known about ${name}.`)
  const trouble = (await troublesOf(project, board, [facts])).get(session.run)
  const record = session.codex_session_id === null ? [] : await recordOf(project, session.codex_session_id)
  return fittingDetails(
    {...view(facts, board, project.host.now(), trouble), last_message: lastMessage(record), tokens: tokenUse(record)},
    maxBytes,
  )
}

/** The board with the task of that session, which may have left it for the archive. */
async function withTaskOf(project: Project, board: Board, {task_id}: Session): Promise<Board> {
  if (task_id === null || board.tasks.some(({id}) => id === task_id)) return board
  return {...board, tasks: await project.board.archivedTasks()}
}

/** What it says is cut at a character where the answer is bounded; the whole of it stands in the terminal. */
export function fittingDetails(details: SessionDetails, maxBytes: number | null): SessionDetails {
  if (maxBytes === null) return details
  const room = maxBytes - jsonBytes({session: {...details, attention: '', last_message: ''}})
  const attention = details.attention === null ? null : cutForJson(details.attention, room / 2)
  const left = room - jsonBytes(attention)
  return {
    ...details,
    attention,
    last_message: details.last_message === null ? null : cutForJson(details.last_message, left),
  }
}

function byName(one: string, other: string): number {
  if (one === PLANNER || other === PLANNER) return Number(other === PLANNER) - Number(one === PLANNER)
  return numbersAside(one, other) || (one < other ? -1 : Number(one > other))
}

/** Letter by letter, and number by number. Comparing by a language loads its rules, which takes longer than the whole list. */
function numbersAside(one: string, other: string): number {
  const [parts, others] = [one, other].map(name => name.match(/\d+|\D+/g) ?? [])
  for (const [index, part] of parts?.entries() ?? []) {
    const beside = others?.[index] ?? ''
    const both = [part, beside].every(text => /^\d+$/.test(text))
    const order = both ? Number(part) - Number(beside) : part < beside ? -1 : Number(part > beside)
    if (order !== 0) return order
  }
  return 0
}

function view(
  {session, process, turn}: SessionFacts,
  board: Board,
  now: string,
  trouble: Trouble | undefined,
): SessionView {
  const task = board.tasks.find(task => task.id === session.task_id)?.status ?? null
  const attention = attentionNow(session, trouble)
  return {...session, attention, process: aged(process, now), turn: aged(turn, now), task}
}

function aged<Value extends string>(fact: Fact<Value>, now: string): Fact<Value> & {age_seconds: number | null} {
  const age_seconds = fact.at === null ? null : Math.max(0, Math.round((Date.parse(now) - Date.parse(fact.at)) / 1000))
  return {...fact, age_seconds}
}
