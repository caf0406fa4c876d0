import type {Board} from './board.ts'
import {
  isActive,
  lastWithConversation,
  lastWithPrompt,
  latestSession,
  PLANNER,
  type Session,
  type SessionBoard,
} from './session.ts'
import {isFinal, type Task} from './task.ts'

/** How many finished tasks stay on the board. */
export const FINISHED_KEPT = 200
/** How many records of starts that are over stay on the board. */
export const STARTS_KEPT = 200

/**
 * The finished tasks beyond the newest 200 that nothing on the board needs any more: no task that is still to be done depends on them, no
 * session can go on with them, and the planner has been told of their last change.
 */
export function archivableTasks(board: Board): Task[] {
  const finished = board.tasks.filter(({status}) => isFinal(status))
  if (finished.length <= FINISHED_KEPT) return []
  const open = board.tasks.filter(({status}) => !isFinal(status))
  const needed = new Set([
    ...open.flatMap(({depends_on}) => depends_on),
    ...board.sessions.filter(canGoOn).map(({task_id}) => task_id),
  ])
  const told = toldOf(board)
  return allButNewest(finished, FINISHED_KEPT).filter(({id, revision}) => !needed.has(id) && revision <= told)
}

/**
 * The records beyond the newest 200 of starts that are over and that nothing needs any more: of the planner, and of a worker whose task is on
 * the board, what the next start would go by stays, and so does what the planner has not been told of.
 */
export function archivableStarts(board: Board): Session[] {
  const over = board.sessions.filter(session => !isActive(session) && !isSuspended(board, session))
  if (over.length <= STARTS_KEPT) return []
  const tasks = new Set(board.tasks.map(({id}) => id))
  const stays = ({name, task_id}: Session): boolean => name === PLANNER || (task_id !== null && tasks.has(task_id))
  const starts = Map.groupBy(board.sessions.filter(stays), ({name}) => name)
  const needed = new Set([...starts].flatMap(([name, sessions]) => nextGoesBy({sessions}, name)))
  const told = toldOf(board)
  return allButNewest(over, STARTS_KEPT).filter(session => !needed.has(session) && session.revision <= told)
}

/** It comes back with the next launch; a newer start of that name has taken its place otherwise. */
function isSuspended(board: Board, session: Session): boolean {
  return session.status === 'suspended' && latestSession(board, session.name) === session
}

/** Of the starts of one name, what the next would go by: the last one, the one before it, the conversation, the prompt. */
function nextGoesBy(starts: SessionBoard, name: string): (Session | undefined)[] {
  return [...starts.sessions.slice(-2), lastWithConversation(starts, name), lastWithPrompt(starts, name)]
}

/** What changed last is the newest. */
function allButNewest<Entry extends {revision: number}>(entries: readonly Entry[], kept: number): Entry[] {
  return entries.toSorted((one, other) => one.revision - other.revision).slice(0, -kept)
}

/** The revision up to which the planner knows what changed; all of it where there is no planner that will ask. */
function toldOf(board: Board): number {
  const planner = latestSession(board, PLANNER)
  return planner && planner.status !== 'closed' ? planner.told_revision : board.revision
}

function canGoOn({status}: Session): boolean {
  return status !== 'closed' && status !== 'lost'
}
