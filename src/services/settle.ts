import {endSession, type Session} from '../domain/session.ts'
import {claimStart, readRun} from '../store/runs.ts'
import type {SessionFacts} from './evidence.ts'
import type {Project} from './project.ts'
import {sessionIsUp} from './up.ts'

export type Settled = 'runs' | 'ended' | 'unknown'

/**
 * Brings the record of an active session in line with what is proven about it. A start that nobody finished is taken back by claiming it:
 * whoever holds the claim decides whether Codex starts, so a script that comes late starts nothing.
 */
export async function settle(project: Project, {session, process}: SessionFacts): Promise<Settled> {
  if (process.value === 'alive') {
    if ((await readRun(project.paths, session.run)).ready) await sessionIsUp(project, session.run)
    return 'runs'
  }
  if (process.value === 'gone') {
    await markEnded(project, session, process.at)
    return 'ended'
  }
  const {hello, claim} = await readRun(project.paths, session.run)
  if (
    session.status === 'starting' &&
    !hello &&
    claim === undefined &&
    (await claimStart(project.paths, session.run, 'repair'))
  ) {
    await markEnded(project, session, null)
    return 'ended'
  }
  return 'unknown'
}

async function markEnded(project: Project, session: Session, at: string | null): Promise<void> {
  const {exit} = await readRun(project.paths, session.run)
  const ended = exit ?? {code: null, at: at ?? project.host.now()}
  const neverRan = session.status === 'starting'
  // Nobody asked it to end and it left no record of its own: that is a loss, and the planner hears of it.
  const status = session.ending?.status ?? (exit || neverRan ? 'closed' : 'lost')
  await project.board.change(board => {
    const current = board.sessions.find(other => other.run === session.run)
    const active = current?.status === 'starting' || current?.status === 'running'
    return [active ? endSession(board, session.run, status, ended) : board, null]
  })
  await project.trace('ended', {session: session.name, run: session.run, status, code: ended.code})
}
