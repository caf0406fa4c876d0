import {type LastTurn, lastTurn, type TurnEnd} from './last-turn.ts'
import {isActive, type Session} from './session.ts'
import type {ProcessValue} from './status.ts'
import type {TaskStatus} from './task.ts'

export type TroubleKind = 'silent' | 'asks' | 'limit' | 'login' | 'failed' | 'approval' | 'unbegun' | 'stalled'

/** Why somebody must see to a session. */
export interface Trouble {
  kind: TroubleKind
  /** The time that tells this trouble from an earlier one of its kind; null where nothing has one. */
  at: string | null
  /** What a worker, a model or a terminal said of it, as data. */
  data: string | null
}

/** What is known about a session at one moment. */
export interface Look {
  session: Session
  /** The status of its task; null for a planner. */
  task: TaskStatus | null
  process: ProcessValue
  /** The end of its conversation's record; empty when it has none, null when nobody can tell which one it is. */
  record: readonly string[] | null
  /** What its terminal hints at. */
  hint: 'approval' | null
  /** When its script began. Whatever was recorded before belongs to an earlier start. */
  began: string
  now: string
  stallAfterSeconds: number
}

/** A first turn begins a few seconds after the script; tool servers that start slowly make it later. */
const FIRST_TURN_SECONDS = 60

/** Null when nothing is wrong, and when too little is known to say so. */
export function troubleOf(look: Look): Trouble | null {
  const {session, process, record, hint, began} = look
  if (process !== 'alive' || !isActive(session) || session.ending !== null || !isOpen(look)) return null
  const turn = record === null ? null : sinceBegin(lastTurn(record), began)
  if (turn?.end) return isWaitingForAnswer(session, turn) ? null : troubleAfter(look, turn, turn.end)
  const question = turn?.questions.findLast(({waits}) => waits)
  if (question && session.role === 'worker') return asking(question.text, turn?.began_at ?? null)
  if (hint === 'approval') return {kind: 'approval', at: null, data: null}
  if (turn === null) return null
  return turn.began_at === null ? unbegun(look, turn) : stalled(look, turn)
}

/** A worker's turn is over, and neither a question nor a hand-back has come of it. */
export function unheard(turn: LastTurn, lastWords: string | null): Trouble {
  if (turn.questions.length === 0) return {kind: 'silent', at: null, data: lastWords}
  return asking(turn.questions.map(({text}) => text).join(' '), turn.end?.at ?? turn.began_at)
}

/** Codex could not talk to its model; it tells nobody else of it. */
export function failureOf({how, at, words, error, status}: TurnEnd): Trouble | null {
  if (how !== 'failed') return null
  if (error === 'usage_limit_exceeded') return {kind: 'limit', at, data: words}
  const refused = error === 'unauthorized' || status === 401 || status === 403
  return {kind: refused ? 'login' : 'failed', at, data: words}
}

function asking(data: string, at: string | null): Trouble {
  return {kind: 'asks', at, data}
}

/** A worker that asked or handed back has told what it needs. */
function isOpen({session, task}: Look): boolean {
  if (session.role === 'planner') return true
  return task === 'todo' || task === 'in_progress' || task === 'blocked'
}

function sinceBegin(turn: LastTurn, began: string): LastTurn {
  const isOf = (at: string | null) => at !== null && Date.parse(at) >= Date.parse(began)
  if (turn.end ? isOf(turn.end.at) : isOf(turn.began_at)) return turn
  // The rest of an earlier start, whose process was killed in the middle of its turn.
  return {began_at: null, queued: false, end: null, questions: [], last_at: isOf(turn.last_at) ? turn.last_at : null}
}

/** The message is in the queue a moment before the board says so. */
const NOTED_LATER_MS = 2000

/** An answer lies in Codex's queue, and its turn has not begun. */
function isWaitingForAnswer({wake_revision, wake_at}: Session, {began_at, queued}: LastTurn): boolean {
  if (wake_revision === null) return false
  if (!queued || began_at === null || wake_at === null) return true
  return Date.parse(began_at) < Date.parse(wake_at) - NOTED_LATER_MS
}

/** A planner's turn ends whenever it has nothing to do; that of a worker at work does not. */
function troubleAfter({session, task}: Look, turn: LastTurn, end: TurnEnd): Trouble | null {
  const isAtWork = session.role === 'planner' || task === 'in_progress'
  if (!isAtWork) return null
  return failureOf(end) ?? (session.role === 'worker' && end.how === 'complete' ? unheard(turn, end.words) : null)
}

function unbegun({session, began, now}: Look, {last_at}: LastTurn): Trouble | null {
  const isExpected = session.prompt_file !== null && last_at === null
  return isExpected && seconds(began, now) > FIRST_TURN_SECONDS ? {kind: 'unbegun', at: began, data: null} : null
}

function stalled({now, stallAfterSeconds}: Look, {last_at}: LastTurn): Trouble | null {
  if (last_at === null || seconds(last_at, now) <= stallAfterSeconds) return null
  return {kind: 'stalled', at: last_at, data: null}
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000
}
