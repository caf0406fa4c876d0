import type {TerminalRef} from '@codex-planner/plugin-api'

import {PlannerError} from './errors.ts'
import type {TaskStatus} from './task.ts'

export const SESSION_STATUSES = ['starting', 'running', 'suspended', 'closed', 'lost'] as const
export type SessionStatus = (typeof SESSION_STATUSES)[number]

export type SessionRole = 'planner' | 'worker'

/** How a session's Codex ended. */
export interface SessionExit {
  /** Codex's exit code; 128 + the signal's number when one ended it; null when nobody saw. */
  code: number | null
  at: string
}

/** A wish to end a session, carried out when its turn ends; it stays on the record as the reason of the end. */
export interface Ending {
  status: 'closed' | 'suspended'
  task_status: TaskStatus | null
  asked_at: string
  /** A session's name, or `operator`. */
  asked_by: string
}

/** One entry of `sessions.yaml`: one start of one session. Times are ISO 8601 in UTC. */
export interface Session {
  name: string
  role: SessionRole
  task_id: string | null
  status: SessionStatus
  backend: string
  terminal: TerminalRef | null
  /** Codex's own thread; null until it is learnt. */
  codex_session_id: string | null
  /** Relative to the repository's root; null for a start that goes on with its conversation without a word. */
  prompt_file: string | null
  /** The absolute folder it works in: the repository for the planner, its own worktree for a worker. */
  worktree: string
  /** Names this start's folder below `.codex/state/runs/`. */
  run: string
  started_at: string
  ended_at: string | null
  exit: SessionExit | null
  ending: Ending | null
  /** The planner's: the revision up to which it has been told what changed. */
  told_revision: number
  /** The revision of the message that waits for it in Codex's queue; null when none does. */
  wake_revision: number | null
  /** When that message was sent. */
  wake_at: string | null
  /** The planner's: the revision as of which it was told that tasks are ready while nobody works; null when it was not. */
  idle_revision: number | null
  /** What a person or the planner should know about it, as data; null when there is nothing. */
  attention: string | null
  revision: number
}

/** The part of a board that holds sessions, oldest start first. */
export interface SessionBoard {
  sessions: Session[]
}

export const PLANNER = 'planner'

export function workerName(taskId: string): string {
  return `worker-${taskId.toLowerCase()}`
}

export const SESSION_NAME = /^(planner|worker-task-\d{3,9})$/

export function isSessionName(text: string): boolean {
  return SESSION_NAME.test(text)
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireSessionName(text: string): string {
  if (isSessionName(text)) return text
  throw new PlannerError('INVALID_ARGUMENT', 'A session is called planner or worker-task-001.', [
    'codex-planner list-sessions',
  ])
}

export function isActive(session: Session): boolean {
  return session.status === 'starting' || session.status === 'running'
}

/** The newest record of that name is meant. */
export function latestSession(board: SessionBoard, name: string): Session | undefined {
  return board.sessions.findLast(session => session.name === name)
}

/** Workers that are starting or running. */
export function activeWorkers(board: SessionBoard): Session[] {
  return board.sessions.filter(
    session => session.role === 'worker' && isActive(session) && latestSession(board, session.name) === session,
  )
}

/** The newest start of that name with a conversation: a start that failed has none, and forgets nothing. */
export function lastWithConversation(board: SessionBoard, name: string): Session | undefined {
  return board.sessions.findLast(session => session.name === name && session.codex_session_id !== null)
}

export function latestConversation(board: SessionBoard, name: string): string | null {
  return lastWithConversation(board, name)?.codex_session_id ?? null
}

/** The newest start of that name that was given a prompt. */
export function lastWithPrompt(board: SessionBoard, name: string): Session | undefined {
  return board.sessions.findLast(session => session.name === name && session.prompt_file !== null)
}

export function latestPrompt(board: SessionBoard, name: string): string | null {
  return lastWithPrompt(board, name)?.prompt_file ?? null
}

/** Workers that were suspended and have not come back since, oldest start first. */
export function suspendedWorkers(board: SessionBoard): (Session & {task_id: string})[] {
  return board.sessions.filter(
    (session): session is Session & {task_id: string} =>
      session.status === 'suspended' && session.task_id !== null && latestSession(board, session.name) === session,
  )
}

/** Suspended, or about to be. */
export function plannerIsSuspended(board: SessionBoard): boolean {
  const planner = latestSession(board, PLANNER)
  return planner?.status === 'suspended' || (planner?.ending?.status === 'suspended' && isActive(planner))
}

/** What a start becomes that came to nothing: a suspended session stays one, so that the next launch tries again. */
export function failedStart(board: SessionBoard, start: Session): 'suspended' | 'closed' {
  const index = board.sessions.findIndex(({run}) => run === start.run)
  const before = board.sessions.slice(0, index === -1 ? undefined : index)
  return before.findLast(({name}) => name === start.name)?.status === 'suspended' ? 'suspended' : 'closed'
}

/** @throws PlannerError SESSION_NOT_FOUND */
export function sessionOf(board: SessionBoard, name: string): Session {
  const session = latestSession(board, name)
  if (session) return session
  throw new PlannerError('SESSION_NOT_FOUND', `There is no session ${name} on this board.`, [
    'codex-planner list-sessions',
  ])
}

export function activePlanner(board: SessionBoard): Session | undefined {
  const planner = latestSession(board, PLANNER)
  return planner && isActive(planner) ? planner : undefined
}

export function addSession<Board extends SessionBoard>(board: Board, session: Session): Board {
  return {...board, sessions: [...board.sessions, session]}
}

export type SessionChange = Partial<Omit<Session, 'name' | 'role' | 'run' | 'revision'>>

/** Changes the record of one start. A start that is not on the board (any more) changes nothing. */
export function changeSession<Board extends SessionBoard>(board: Board, run: string, change: SessionChange): Board {
  return {...board, sessions: board.sessions.map(session => (session.run === run ? {...session, ...change} : session))}
}

/** Ended for now or for good; what resume needs stays. */
export function endSession<Board extends SessionBoard>(
  board: Board,
  run: string,
  status: 'suspended' | 'closed' | 'lost',
  exit: SessionExit,
): Board {
  return changeSession(board, run, {status, exit, ended_at: exit.at, wake_revision: null, wake_at: null})
}
