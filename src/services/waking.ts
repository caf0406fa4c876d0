import type {Board} from '../domain/board.ts'
import {type Change, newsForPlanner, wakeMessage, wakeState} from '../domain/change.ts'
import {PlannerError} from '../domain/errors.ts'
import {idleMessage, isIdle, waitingTasks} from '../domain/sentinel.ts'
import {activePlanner, activeWorkers, changeSession, type Session} from '../domain/session.ts'
import {processState, turnRecord} from '../domain/status.ts'
import type {Task} from '../domain/task.ts'
import {readRun, scriptBegan} from '../store/runs.ts'
import {probeProcess} from '../system/process.ts'
import {factsOf, recordOf} from './evidence.ts'
import type {Project} from './project.ts'

/**
 * Tells the planner that there is something it must act on, or, when there is nothing else, that tasks wait while nobody works: at most one
 * message waits for it, and none goes to a planner that does not run; its next start carries on from what it was told. Whoever changed the
 * board calls this; that change stands whether or not the message can be sent now. `itsTurnIsOver` is for who knows it before the record does.
 */
export async function wakePlanner(project: Project, {itsTurnIsOver = false} = {}): Promise<void> {
  try {
    await wake(project, itsTurnIsOver)
  } catch (error) {
    if (!(error instanceof PlannerError)) throw error
    // The next change, or the planner's own next turn, tries again.
    await project.trace('wake-failed', {reason: error.message})
  }
}

async function wake(project: Project, itsTurnIsOver: boolean): Promise<void> {
  await settleWake(project)
  const board = await project.board.read()
  const waiting = wakeable(board)
  if (!waiting || !(await isThere(project, waiting.planner))) return
  const isQuiet = waiting.news.length === 0 && (await nobodyWorks(project, board, waiting.planner, itsTurnIsOver))
  if (waiting.news.length === 0 && !isQuiet) return
  const wake_at = project.host.now()
  const {value: claimed} = await project.board.change(board => {
    const again = wakeable(board)
    if (!again || (again.news.length === 0 && !isQuiet)) return [board, null]
    const told = again.news.length === 0 ? {idle_revision: board.revision} : {}
    return [changeSession(board, again.planner.run, {wake_revision: board.revision, wake_at, ...told}), again]
  })
  if (!claimed) return
  const {planner, conversation, news, ready} = claimed
  const after = planner.told_revision
  try {
    await project.host
      .codex()
      .queue(conversation, news.length > 0 ? wakeMessage(news, after) : idleMessage(ready, after))
  } catch (error) {
    await forgetWake(project, planner, wake_at)
    throw error
  }
  const told = news.map(change => `${change.id} ${change.status}`)
  await project.trace('wake', {after, news: told, ...(told.length > 0 ? {} : {ready: ready.map(({id}) => id)})})
}

interface Wakeable {
  planner: Session
  conversation: string
  /** What it must act on. */
  news: Change[]
  /** What it could start; asked only when there is no news. */
  ready: Task[]
}

function wakeable(board: Board): Wakeable | null {
  const planner = activePlanner(board)
  if (planner?.status !== 'running' || planner.codex_session_id === null) return null
  if (planner.wake_revision !== null || planner.ending !== null) return null
  const news = newsForPlanner(board, planner.told_revision)
  const ready = news.length > 0 ? [] : waitingTasks(board, planner)
  return news.length + ready.length === 0 ? null : {planner, conversation: planner.codex_session_id, news, ready}
}

/** Proven for every session: nobody is called idle whose turn is unknown. */
async function nobodyWorks(project: Project, board: Board, planner: Session, itsTurnIsOver: boolean): Promise<boolean> {
  const facts = await factsOf(project, itsTurnIsOver ? activeWorkers(board) : [planner, ...activeWorkers(board)])
  const idle = facts.map(async ({session, process, record}) => {
    const began = await scriptBegan(project.paths, session.run)
    return process.value === 'alive' && began !== undefined && isIdle(session, record, began)
  })
  return (await Promise.all(idle)).every(Boolean)
}

/** A message to a planner that is gone would come on top of what its next start tells it. */
async function isThere(project: Project, planner: Session): Promise<boolean> {
  const {hello} = await readRun(project.paths, planner.run)
  if (hello?.foreign) return false
  return hello === undefined || processState(hello, probeProcess(hello.pid)) !== 'gone'
}

/** Notices a message that was read without a word, or that never arrived. */
async function settleWake(project: Project): Promise<void> {
  const planner = activePlanner(await project.board.read())
  if (!planner || planner.wake_revision === null || planner.codex_session_id === null) return
  const lines = await recordOf(project, planner.codex_session_id)
  const state = wakeState(planner, lines, turnRecord(lines), project.host.now())
  if (state === 'told') await noteTold(project, planner.run, planner.wake_revision)
  if (state === 'missing') await forgetWake(project, planner, planner.wake_at)
}

/** Only the message that was looked at; a newer one stays. */
async function forgetWake(project: Project, {run}: Session, wake: string | null): Promise<void> {
  await project.board.change(board => {
    const planner = board.sessions.find(session => session.run === run)
    if (!planner || planner.wake_at !== wake) return [board, null]
    // What it said of waiting tasks was not heard either.
    const idle_revision = planner.idle_revision === planner.wake_revision ? null : planner.idle_revision
    return [changeSession(board, run, {wake_revision: null, wake_at: null, idle_revision}), null]
  })
}

/** The planner has seen the board as of a revision: nothing waits for it any more, and what came since may be sent. */
export async function plannerWasTold(
  project: Project,
  run: string,
  revision: number,
  options: {itsTurnIsOver?: boolean} = {},
): Promise<void> {
  await noteTold(project, run, revision)
  await wakePlanner(project, options)
}

async function noteTold(project: Project, run: string, revision: number): Promise<void> {
  await project.board.change(board => {
    const planner = board.sessions.find(session => session.run === run)
    if (!planner) return [board, null]
    const told_revision = Math.max(planner.told_revision, revision)
    if (planner.told_revision === told_revision && planner.wake_revision === null) return [board, null]
    return [changeSession(board, run, {told_revision, wake_revision: null, wake_at: null}), null]
  })
}
