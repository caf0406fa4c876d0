import type {Board} from './board.ts'
import {latestSession, PLANNER, type Session} from './session.ts'
import {isFinal, type Task} from './task.ts'

/** How many finished tasks stay on the board. */
export const FINISHED_KEPT = 200

/**
 * The finished tasks beyond the newest 200 that nothing on the board needs any more: no task that is still to be done depends on them, no
 * session can go on with them, and the planner has been told of their last change.
 */
export function archivable(board: Board): Task[] {
  const finished = board.tasks.filter(({status}) => isFinal(status))
  if (finished.length <= FINISHED_KEPT) return []
  const open = board.tasks.filter(({status}) => !isFinal(status))
  const needed = new Set([
    ...open.flatMap(({depends_on}) => depends_on),
    ...board.sessions.filter(canGoOn).map(({task_id}) => task_id),
  ])
  const planner = latestSession(board, PLANNER)
  const told = planner && planner.status !== 'closed' ? planner.told_revision : board.revision
  return finished
    .toSorted((one, other) => one.revision - other.revision)
    .slice(0, -FINISHED_KEPT)
    .filter(({id, revision}) => !needed.has(id) && revision <= told)
}

function canGoOn({status}: Session): boolean {
  return status !== 'closed' && status !== 'lost'
}
