import type {Board} from './board.ts'
import {isActive, latestSession, PLANNER, type Session} from './session.ts'
import type {TurnRecord} from './status.ts'
import type {Task, TaskStatus} from './task.ts'
import {kindOnRecord, troubleSentence} from './trouble-words.ts'

/** Something on the board changed after a revision; what it is now, and what that asks for. */
export interface Change {
  kind: 'task' | 'session'
  id: string
  status: string
  /** A session that stands still without having said why. */
  silent: boolean
  /** One sentence without any text of a worker's. */
  what: string
  revision: number
}

/** Everything that changed after a revision, oldest first. */
export function changesAfter(board: Board, revision: number): Change[] {
  const tasks = board.tasks.filter(task => task.revision > revision).map(taskChange)
  const sessions = board.sessions
    .filter(session => session.revision > revision && latestSession(board, session.name) === session)
    .map(session => sessionChange(board, session))
  return [...tasks, ...sessions].toSorted((a, b) => a.revision - b.revision)
}

/** The changes that a planner must hear of, because the next move is its own. */
export function newsForPlanner(board: Board, revision: number): Change[] {
  const tasks = board.tasks.filter(task => task.revision > revision && isPlannersMove(task.status)).map(taskChange)
  const sessions = board.sessions
    .filter(session => session.revision > revision && isNews(board, session))
    .map(session => sessionChange(board, session))
  return [...tasks, ...sessions].toSorted((a, b) => a.revision - b.revision)
}

function isPlannersMove(status: TaskStatus): boolean {
  return status === 'needs_input' || status === 'review_ready'
}

/** A worker that stands still, or that ended by another's wish than the planner's while its task still waits to be worked on. */
function isNews(board: Board, session: Session): boolean {
  if (session.role !== 'worker' || latestSession(board, session.name) !== session) return false
  if (session.status === 'lost' || standsStill(session)) return true
  return session.status === 'closed' && session.ending?.asked_by !== PLANNER && isOpen(taskOfSession(board, session))
}

function taskOfSession(board: Board, session: Session): Task | undefined {
  return board.tasks.find(task => task.id === session.task_id)
}

/** Somebody should be working on it, or soon. */
function isOpen(task: Task | undefined): boolean {
  return task?.status === 'in_progress' || task?.status === 'todo' || task?.status === 'blocked'
}

const TASK_SENTENCES: Record<TaskStatus, string> = {
  todo: 'waits for a worker',
  in_progress: 'is being worked on',
  blocked: 'is blocked',
  needs_input: 'asks a question: read its handoff and answer with resume_task',
  review_ready: 'was handed back: review it, then accept it or send it back',
  done: 'is done',
  cancelled: 'was cancelled',
}

function taskChange(task: Task): Change {
  return {
    kind: 'task',
    id: task.id,
    status: task.status,
    silent: false,
    what: TASK_SENTENCES[task.status],
    revision: task.revision,
  }
}

function sessionChange(board: Board, session: Session): Change {
  const task = board.tasks.find(task => task.id === session.task_id)
  return {
    kind: 'session',
    id: session.name,
    status: session.status,
    silent: standsStill(session),
    what: sessionSentence(session, task),
    revision: session.revision,
  }
}

/** One that ended has its own sentence, also when it stood still before. */
function standsStill(session: Session): boolean {
  return session.attention !== null && isActive(session)
}

function sessionSentence(session: Session, task: Task | undefined): string {
  if (standsStill(session)) return stillSentence(session.attention ?? '')
  if (session.status === 'lost' && session.role === 'planner')
    return 'is gone without a word: the next launch brings it back'
  if (session.status === 'lost') return 'is gone without a word: its worktree is kept, resume_task brings it back'
  if (session.status === 'closed' && session.ending?.asked_by !== PLANNER && isOpen(task))
    return 'ended without asking or handing back: look at its handoff and worktree'
  return `is ${session.status}`
}

/** Ours, chosen by how the text begins: nothing of the text itself is passed on. */
function stillSentence(attention: string): string {
  const kind = kindOnRecord(attention)
  return kind === undefined ? 'stands still and did not say why: look with list_sessions' : troubleSentence(kind)
}

/** The one line that wakes a planner: ids and states, nothing that a worker wrote. */
export function wakeMessage(news: readonly Change[], after: number): string {
  const told = news.slice(0, 8).map(change => `${change.id} ${change.silent ? 'stands still' : change.status}`)
  const more = news.length > told.length ? ` and ${news.length - told.length} more` : ''
  return `[codex-planner] ${told.join(', ')}${more}. Call wait_events with after=${after}, then act on each.`
}

/** The `after` of a wake message in the text of a turn; undefined when there is none. */
export function wokenAfter(text: string): number | undefined {
  const match = /\[codex-planner\] [^\n]*\bafter=(\d+)/.exec(text)
  return match ? Number(match[1]) : undefined
}

/** How an answer of `wait_events` ends, as JSON inside JSON. Codex notes it as an event too, but hands on only what it notes as an output. */
const SHOWN = /\\*"revision\\*":(\d+),\\*"reset\\*":/g

/**
 * The revision up to which a planner knows what changed, told by the end of its conversation's record: an answer that its record lost,
 * with the power of the machine or because it was killed at that moment, has to be given again.
 */
export function knownRevision(told: number, lines: readonly string[]): number {
  const outputs = lines.filter(line => line.includes('_call_output"'))
  const shown = outputs.flatMap(line => [...line.matchAll(SHOWN)].map(([, revision]) => Number(revision)))
  return shown.length === 0 ? told : Math.min(told, Math.max(...shown))
}

/** What became of the message that waits for a planner. */
export type WakeState = 'none' | 'waiting' | 'told' | 'missing'

/** Codex looks for messages about every ten seconds; an idle conversation that has none after this long never will. */
const DELIVERY_MS = 60_000

/**
 * Reads it from the end of the conversation's record. A turn that a person interrupts reports nothing, and whoever was to send a message may
 * have been killed: neither may leave a planner asleep.
 */
export function wakeState(planner: Session, lines: readonly string[], turn: TurnRecord | null, now: string): WakeState {
  if (planner.wake_revision === null) return 'none'
  if (turn?.value !== 'idle') return 'waiting'
  const message = `Call wait_events with after=${planner.told_revision},`
  if (lines.some(line => line.includes('[codex-planner] ') && line.includes(message))) return 'told'
  const sent = planner.wake_at === null ? 0 : Date.parse(planner.wake_at)
  return Date.parse(now) - sent > DELIVERY_MS ? 'missing' : 'waiting'
}
