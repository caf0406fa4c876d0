import type {SessionBoard} from './session.ts'
import type {TaskBoard} from './task.ts'

/** Both board files together. */
export interface Board extends TaskBoard, SessionBoard {
  /** Counts changes over both files. */
  revision: number
}

export const EMPTY_BOARD: Board = {revision: 0, last_task: 0, tasks: [], sessions: []}

/** The next revision, stamped on every record that differs; `before` itself when nothing does. */
export function stampChanged(before: Board, after: Board): Board {
  const revision = before.revision + 1
  const tasks = stamp(before.tasks, after.tasks, revision)
  const sessions = stamp(before.sessions, after.sessions, revision)
  const same = tasks === before.tasks && sessions === before.sessions && before.last_task === after.last_task
  return same ? before : {revision, last_task: after.last_task, tasks, sessions}
}

function stamp<Entry extends {revision: number}>(before: Entry[], after: Entry[], revision: number): Entry[] {
  const unchanged = new Set(before)
  const texts = new Map(before.map(entry => [JSON.stringify({...entry, revision: 0}), entry]))
  const stamped = after.map(entry => {
    if (unchanged.has(entry)) return entry
    return texts.get(JSON.stringify({...entry, revision: 0})) ?? {...entry, revision}
  })
  const same = stamped.length === before.length && stamped.every((entry, index) => entry === before[index])
  return same ? before : stamped
}
