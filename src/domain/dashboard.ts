import type {Board} from './board.ts'
import {isActive, type Session} from './session.ts'
import type {TaskStatus} from './task.ts'

const WORDS: {readonly [Status in TaskStatus]?: string} = {needs_input: 'asks', review_ready: 'handed back'}

/**
 * What stands on a session's window: its name, and why it waits for somebody. Only what stays true until a command of ours changes it is said;
 * that a turn goes on is not, for it may be over before anybody looks.
 */
export function windowTitle(board: Board, session: Session): string {
  const task = board.tasks.find(({id}) => id === session.task_id)
  const waits =
    (task && WORDS[task.status]) ?? (session.attention !== null && isActive(session) ? 'stands still' : null)
  return waits === null ? session.name : `${session.name} · ${waits}`
}
