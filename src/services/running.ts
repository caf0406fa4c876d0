import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {isActive, latestSession, type Session} from '../domain/session.ts'
import {OF_THE_ORIGINAL} from '../domain/status.ts'
import {carryOutWish, isOverdue, onlyNote} from './ending.ts'
import {factsOf, stillLives} from './evidence.ts'
import type {Project} from './project.ts'
import {settle} from './settle.ts'

/**
 * The active session of that name, if it really runs. One that should have ended by now ends first.
 * @throws PlannerError SESSION_UNKNOWN when it cannot be told, SESSION_BUSY when a closed one goes on in its terminal: no second session is
 * ever started beside either
 */
export async function runningSession(project: Project, board: Board, name: string): Promise<Session | undefined> {
  const session = latestSession(board, name)
  if (!session) return undefined
  if (!isActive(session)) return refuseLeftRunning(project, session)
  const [facts] = await factsOf(project, [session])
  if (!facts) return undefined
  const settled = await settle(project, facts)
  if (settled === 'ended') return undefined
  if (settled === 'unknown') {
    throw new PlannerError(
      'SESSION_UNKNOWN',
      `Whether ${name} still runs cannot be told (${facts.process.source}), so nothing is started beside it.`,
      [facts.process.source === OF_THE_ORIGINAL ? onlyNote(session) : `codex-planner show-session ${name}`],
    )
  }
  if (isOverdue(session.ending, project.host.now())) await carryOutWish(project, session.run)
  const current = latestSession(await project.board.read(), name)
  return current && isActive(current) ? current : undefined
}

/** Its record was closed and its terminal left running, as the person wished. */
async function refuseLeftRunning(project: Project, session: Session): Promise<undefined> {
  if (!(await stillLives(project, session))) return undefined
  throw new PlannerError('SESSION_BUSY', `${session.name} was noted as closed, but its Codex still runs.`, [
    `codex-planner close-session ${session.name}`,
  ])
}
