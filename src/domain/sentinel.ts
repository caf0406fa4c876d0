import type {Board} from './board.ts'
import {lastTurn} from './last-turn.ts'
import {latestSession, type Session} from './session.ts'
import {isReady, type Task} from './task.ts'

/**
 * Tasks that could be started while, as far as the board tells, nobody is at work and nobody is about to be; empty when the planner was told so
 * and nothing has changed since: none of these tasks, none that they depend on, no worker.
 */
export function waitingTasks(board: Board, planner: Session): Task[] {
  const workers = board.sessions.filter(({role}) => role === 'worker')
  if (workers.some(worker => isLatest(board, worker) && isOnItsWay(worker))) return []
  const ready = board.tasks.filter(task => isReady(board, task))
  const concerned = new Set(ready.flatMap(({id, depends_on}) => [id, ...depends_on]))
  const told = planner.idle_revision ?? -1
  const isNew = [...board.tasks.filter(({id}) => concerned.has(id)), ...workers].some(({revision}) => revision > told)
  return isNew ? ready : []
}

/** Whether its turn is over, of this start: one that was just brought back has not begun what it is to do. */
export function isIdle(session: Session, record: readonly string[], began: string): boolean {
  const {end} = lastTurn(record)
  return end !== null && (session.prompt_file === null || Date.parse(end.at) >= Date.parse(began))
}

/** The one line that tells a planner: ids alone. */
export function idleMessage(ready: readonly Task[], after: number): string {
  const told = ready.slice(0, 8).map(({id}) => id)
  const more = ready.length > told.length ? ` and ${ready.length - told.length} more` : ''
  return `[codex-planner] Nobody works, and ${told.join(', ')}${more} could start. Call wait_events with after=${after}, then start what should not wait.`
}

function isLatest(board: Board, session: Session): boolean {
  return latestSession(board, session.name) === session
}

/** It starts, ends, has an answer to read, or comes back with its team; one that could not come back says so. */
function isOnItsWay({status, attention, ending, wake_revision}: Session): boolean {
  if (status === 'starting') return true
  if (status === 'suspended') return attention === null
  return status === 'running' && (ending !== null || wake_revision !== null)
}
