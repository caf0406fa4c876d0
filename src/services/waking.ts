import type {Board} from '../domain/board.ts'
import {type Change, changesAfter, newsForPlanner, wakeMessage} from '../domain/change.ts'
import {PlannerError} from '../domain/errors.ts'
import {activePlanner, changeSession, type Session} from '../domain/session.ts'
import {isNodeError} from '../system/program.ts'
import type {Project} from './project.ts'

/**
 * Tells the planner that there is something it must act on: at most one message waits for it, and none goes to a planner that does not run;
 * its next start carries on from what it was told. Whoever changed the board calls this.
 */
export async function wakePlanner(project: Project): Promise<void> {
  const waiting = wakeable(await project.board.read())
  if (!waiting) return
  const {value: claimed} = await project.board.change(board => {
    const again = wakeable(board)
    if (!again) return [board, null]
    return [changeSession(board, again.planner.run, {wake_revision: board.revision}), again]
  })
  if (!claimed) return
  const {planner, conversation, news} = claimed
  try {
    await project.host.codex().queue(conversation, wakeMessage(news, planner.told_revision))
    await project.trace('wake', {
      after: planner.told_revision,
      news: news.map(change => `${change.id} ${change.status}`),
    })
  } catch (error) {
    // The change stands on the board; the next change, or the planner's own next turn, tries again.
    if (!(error instanceof PlannerError) && !isNodeError(error)) throw error
    await project.board.change(board => [changeSession(board, planner.run, {wake_revision: null}), null])
    await project.trace('wake-failed', {reason: error.message})
  }
}

function wakeable(board: Board): {planner: Session; conversation: string; news: Change[]} | null {
  const planner = activePlanner(board)
  if (!planner || planner.status !== 'running' || planner.codex_session_id === null || planner.wake_revision !== null)
    return null
  const news = newsForPlanner(board, planner.told_revision)
  return news.length === 0 ? null : {planner, conversation: planner.codex_session_id, news}
}

/** The planner has seen the board as of a revision: nothing waits for it any more, and what came since may be sent. */
export async function plannerWasTold(project: Project, run: string, revision: number): Promise<void> {
  await project.board.change(board => {
    const planner = board.sessions.find(session => session.run === run)
    if (!planner) return [board, null]
    const told_revision = Math.max(planner.told_revision, revision)
    if (planner.told_revision === told_revision && planner.wake_revision === null) return [board, null]
    return [changeSession(board, run, {told_revision, wake_revision: null}), null]
  })
  await wakePlanner(project)
}

export interface Events {
  changes: Change[]
  /** Ask with `after` set to this next time. */
  revision: number
  /** The revision asked for is from another life of this board: these are all its entries. */
  reset: boolean
}

/** What changed after a revision, as it is now. The planner that asks has been told. */
export async function eventsAfter(project: Project, after: number): Promise<Events> {
  const board = await project.board.read()
  const reset = after > board.revision
  const own = project.caller.session
  const changes = changesAfter(board, reset ? 0 : after).filter(({kind, id}) => !(kind === 'session' && id === own))
  const planner = activePlanner(board)
  if (planner && own === planner.name) await plannerWasTold(project, planner.run, board.revision)
  return {changes, revision: board.revision, reset}
}

const SAFETY_POLL_MS = 5_000

/** The same, but waits for a change when there is none. */
export async function waitForEvents(project: Project, after: number, seconds: number): Promise<Events> {
  const {watch} = await import('node:fs')
  const deadline = performance.now() + seconds * 1000
  let stir = () => {}
  const watcher = watch(project.paths.board.folder, () => stir())
  try {
    for (;;) {
      const events = await eventsAfter(project, after)
      const left = deadline - performance.now()
      if (events.changes.length > 0 || events.reset || left <= 0) return events
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.min(left, SAFETY_POLL_MS))
        stir = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    watcher.close()
  }
}
