import {endOnBoard} from '../domain/board.ts'
import {failedStart, isActive, type Session} from '../domain/session.ts'
import {processState} from '../domain/status.ts'
import {claimStart, dropEnvironment, readRun} from '../store/runs.ts'
import {probeProcess} from '../system/process.ts'
import type {SessionFacts} from './evidence.ts'
import type {Project} from './project.ts'
import {keepSnapshot} from './snapshots.ts'
import {backendOf, openTerminal} from './terminals.ts'
import {confirmUp} from './up.ts'

export type Settled = 'runs' | 'ended' | 'unknown'

/**
 * Brings the record of an active session in line with what is proven about it. A start whose owner is gone is taken back by claiming it:
 * whoever holds the claim decides whether Codex starts, so a script that comes late starts nothing.
 */
export async function settle(project: Project, {session, process}: SessionFacts): Promise<Settled> {
  if (process.value === 'alive') {
    await adoptTerminal(project, session)
    if ((await readRun(project.paths, session.run)).ready) await confirmUp(project, session.run)
    return 'runs'
  }
  if (process.value === 'gone') {
    const {exit} = await readRun(project.paths, session.run)
    await keepSnapshot(project, session, exit ? 'end' : 'loss')
    await markEnded(project, session, process.at)
    return 'ended'
  }
  if (session.status !== 'starting') return 'unknown'
  const {hello, claim, owner} = await readRun(project.paths, session.run)
  const starter = owner ? processState(owner, probeProcess(owner.pid)) : 'unknown'
  if (claim !== REPAIR && starter === 'alive') return 'runs'
  if (hello) return 'unknown'
  const never = claim === REPAIR || (claim === undefined && starter === 'gone' && (await takeBack(project, session)))
  if (!never) return 'unknown'
  await markEnded(project, session, null)
  return 'ended'
}

/** Asking for the terminal of the same start again opens none: it tells where that start's terminal is. */
async function adoptTerminal(project: Project, session: Session): Promise<void> {
  const backend = session.terminal === null ? await backendOf(project.host, session) : undefined
  const {owner} = await readRun(project.paths, session.run)
  if (!backend || !owner || processState(owner, probeProcess(owner.pid)) !== 'gone') return
  await openTerminal(project, session, backend)
}

export const REPAIR = 'repair'

/** Whether the start was still nobody's: then it never happens. */
export async function takeBack(project: Project, session: Session): Promise<boolean> {
  if (!(await claimStart(project.paths, session.run, REPAIR))) return false
  await dropEnvironment(project.paths, session.run)
  return true
}

async function markEnded(project: Project, session: Session, at: string | null): Promise<void> {
  const {exit} = await readRun(project.paths, session.run)
  const now = project.host.now()
  const ended = exit ?? {code: null, at: at ?? now}
  const {value: status} = await project.board.change(board => {
    const current = board.sessions.find(other => other.run === session.run)
    if (!current || !isActive(current)) return [board, null]
    // Nobody asked it to end and it left no record of its own: that is a loss, and the planner hears of it.
    const unasked = current.status === 'starting' ? failedStart(board, current) : exit ? 'closed' : 'lost'
    const status = current.ending?.status ?? unasked
    const taskStatus = current.ending?.task_status ?? null
    return [endOnBoard(board, current, {status, exit: ended, taskStatus}, now), status]
  })
  if (status) await project.trace('ended', {session: session.name, run: session.run, status, code: ended.code})
}
