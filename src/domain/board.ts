import {type Ending, endSession, type Session, type SessionBoard, type SessionExit} from './session.ts'
import {canMove, changeTask, type TaskBoard, type TaskStatus, taskOf} from './task.ts'

/** Both board files together. */
export interface Board extends TaskBoard, SessionBoard {
  /** Counts changes over both files. */
  revision: number
}

export const EMPTY_BOARD: Board = {revision: 0, last_task: 0, tasks: [], sessions: []}

/** What a person did to the board since it was last written. */
export interface ByHand {
  /** Entries of the board that they changed. */
  edited: ReadonlySet<object>
  /** Whether that is to be written although nothing else changes. */
  isDue: boolean
}

const NOTHING: ByHand = {edited: new Set(), isDue: false}

/**
 * The next revision, stamped on every record that differs; `before` itself when nothing does. What a person changed is
 * stamped with it, so that it is news like any other change.
 */
export function stampChanged(before: Board, after: Board, {edited, isDue} = NOTHING): Board {
  const revision = before.revision + 1
  const tasks = stamp(before.tasks, after.tasks, revision)
  const sessions = stamp(before.sessions, after.sessions, revision)
  const same = tasks === before.tasks && sessions === before.sessions && before.last_task === after.last_task
  if (same && !isDue) return before
  const numbered = <Entry extends object>(entries: Entry[]): Entry[] =>
    entries.some(entry => edited.has(entry))
      ? entries.map(entry => (edited.has(entry) ? {...entry, revision} : entry))
      : entries
  return {revision, last_task: after.last_task, tasks: numbered(tasks), sessions: numbered(sessions)}
}

function stamp<Entry extends {revision: number}>(before: Entry[], after: Entry[], revision: number): Entry[] {
  const text = (entry: Entry) => JSON.stringify({...entry, revision: 0})
  const stamped = after.map((entry, index) => {
    const old = before[index]
    if (entry === old) return entry
    return old && text(entry) === text(old) ? old : {...entry, revision}
  })
  const same = stamped.length === before.length && stamped.every((entry, index) => entry === before[index])
  return same ? before : stamped
}

export interface End {
  status: Ending['status'] | 'lost'
  exit: SessionExit
  /** Where its task goes with it; null to leave it. */
  taskStatus: TaskStatus | null
}

/** A session has ended, and its task moves in the same change. */
export function endOnBoard(board: Board, session: Session, {status, exit, taskStatus}: End, now: string): Board {
  return moveIfAllowed(endSession(board, session.run, status, exit), session.task_id, taskStatus, now)
}

/** A task that has moved on meanwhile stays where it is: a session that ended has ended either way. */
export function moveIfAllowed(board: Board, taskId: string | null, status: TaskStatus | null, now: string): Board {
  if (taskId === null || status === null || !canMove(taskOf(board, taskId), status)) return board
  return changeTask(board, taskId, {status}, now)[0]
}
