import type {Board} from '../domain/board.ts'
import {workerContinues} from '../domain/prompts/worker.ts'
import {latestConversation, latestSession, type Session, sessionOf, workerName} from '../domain/session.ts'
import {type Task, taskOf} from '../domain/task.ts'
import {admission, baseOf, deferred, requireDependencies, requireStartable, requireUntrackedState} from './admission.ts'
import {undertakeStart} from './claim.ts'
import {bringBack, recorded} from './comeback.ts'
import type {Project} from './project.ts'
import {runningSession} from './running.ts'
import {refreshDashboard} from './terminals.ts'
import {claim, firstPrompt, startWorker} from './worker-start.ts'

export interface Spawned {
  session: Session
  task: Task
  already_running: boolean
}

/** @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, DEPENDENCY_NOT_READY, WORKER_DEFERRED, PLUGIN_FAILED, START_FAILED, … */
export async function spawnWorker(project: Project, taskId: string, {force}: {force: boolean}): Promise<Spawned> {
  const name = workerName(taskId)
  const before = await project.board.read()
  taskOf(before, taskId)
  const running = await runningSession(project, before, name)
  if (running) return {session: running, task: taskOf(await project.board.read(), taskId), already_running: true}
  // What ended just now is on it.
  const board = latestSession(before, name) ? await project.board.read() : before
  const task = taskOf(board, taskId)
  requireStartable(task)
  await requireUntrackedState(project)
  const base = await baseOf(project, task)
  if (!force) await requireDependencies(project, board, task, base)
  const judge = await admission(project)
  const requireAdmitted = (current: Board, task: Task): void => {
    const refusal = judge(current, task)
    if (refusal) throw deferred(task, refusal, `codex-planner spawn-worker ${task.id}`)
  }
  // Now, so that a refusal leaves nothing; and once more under the lock, where others may have started meanwhile.
  requireAdmitted(board, task)
  const requireStart = (current: Board, task: Task): void => {
    requireStartable(task)
    requireAdmitted(current, task)
  }
  const conversation = await interrupted(project, board, task)
  if (conversation !== null) {
    const message = (fresh: boolean) => workerContinues(taskId, fresh)
    const rebased = {...task, base_commit: base}
    const back = {message, fresh: false, judge: requireStart}
    return shown(project, await bringBack(project, board, rebased, conversation, back), taskId)
  }
  const {other, after} = await undertakeStart(project, {session: name, task_id: taskId}, async (project, run) => {
    const {session, task: claimed, backend} = await claim(project, run, task, {board, base, conversation}, requireStart)
    if (!claimed) return {other: session, after: await project.board.read()}
    const prompt = () => firstPrompt(project, session, claimed)
    return {other: null, after: await startWorker(project, session, claimed, backend, prompt)}
  })
  if (other) return {session: other, task: taskOf(after, taskId), already_running: true}
  return shown(project, after, taskId)
}

async function shown(project: Project, board: Board, taskId: string): Promise<Spawned> {
  await refreshDashboard(project, board)
  return {session: sessionOf(board, workerName(taskId)), task: taskOf(board, taskId), already_running: false}
}

/** The conversation of a worker that was suspended in the middle of its task: it goes on where it was. */
async function interrupted(project: Project, board: Board, task: Task): Promise<string | null> {
  const name = workerName(task.id)
  if (task.status !== 'in_progress' || latestSession(board, name)?.status !== 'suspended') return null
  return recorded(project, latestConversation(board, name))
}
