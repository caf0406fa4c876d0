import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import type {Intent} from '../domain/intent.ts'
import {workerReturns} from '../domain/prompts/worker.ts'
import {
  changeSession,
  isActive,
  latestConversation,
  latestSession,
  type Session,
  sessionOf,
  workerName,
} from '../domain/session.ts'
import {canGoOn, canMove, changeTask, requireMove, type Task, taskOf} from '../domain/task.ts'
import {requireItems} from '../domain/text.ts'
import {admission, deferred} from './admission.ts'
import {bringBack, recorded} from './comeback.ts'
import {undertake} from './intents.ts'
import type {Project} from './project.ts'
import {runningSession} from './running.ts'
import {record, sectionOf} from './said.ts'
import {refreshDashboard} from './terminals.ts'

/**
 * Gives a worker its answer: into its conversation while it runs, else as the prompt with which it comes back, in the same worktree and, when
 * Codex still has it, the same conversation. That is a start like any other, so policies are asked; the note waits in the handoff when they
 * refuse it.
 * @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, SESSION_UNKNOWN, WORKER_DEFERRED, PLUGIN_FAILED, START_FAILED
 */
export async function resumeTask(
  project: Project,
  id: string,
  notes: readonly string[],
): Promise<{task: Task; session: Session}> {
  const texts = requireItems(notes, {field: 'note', max: 8192, maxItems: 50, lines: true})
  const board = await project.board.read()
  const task = taskOf(board, id)
  if (!canGoOn(task)) {
    throw new PlannerError('INVALID_TRANSITION', `${id} is ${task.status}; there is no worker to go on.`, [
      task.status === 'todo' ? `codex-planner spawn-worker ${id}` : `codex-planner show-task ${id}`,
    ])
  }
  const name = workerName(id)
  const earlier = latestSession(board, name)
  if (!earlier || task.base_commit === null) {
    throw new PlannerError('SESSION_NOT_FOUND', `${id} never had a worker.`, [`codex-planner spawn-worker ${id}`])
  }
  const running = await runningSession(project, board, name)
  if (running?.ending) {
    throw new PlannerError('SESSION_BUSY', `${name} is about to end; its answer can be given when it has.`, [
      `codex-planner show-session ${name}`,
    ])
  }
  const conversation = running ? conversationOf(running) : null
  const {revision} = taskOf(await project.board.read(), id)
  const plan = {operation: 'answer', session: name, task_id: id, run: running?.run ?? null, revision} as const
  await undertake(project, plan, project =>
    running && conversation !== null
      ? answerRunning(project, running, conversation, task, texts)
      : answerGone(project, task, texts),
  )
  await project.trace('resume-task', {task: id, running: running !== undefined})
  const after = await project.board.read()
  await refreshDashboard(project, after)
  return {task: taskOf(after, id), session: sessionOf(after, name)}
}

/** @throws PlannerError SESSION_BUSY while it cannot be reached */
function conversationOf({name, codex_session_id}: Session): string {
  if (codex_session_id !== null) return codex_session_id
  throw new PlannerError('SESSION_BUSY', `${name} runs, but its conversation is not known yet.`, [
    `codex-planner attach ${name}`,
  ])
}

async function answerGone(project: Project, task: Task, notes: readonly string[]): Promise<void> {
  const board = await project.board.read()
  const known = latestConversation(board, workerName(task.id))
  const conversation = await recorded(project, known)
  const judge = await admission(project)
  await project.step('note', () => noteAnswer(project, task, notes))
  const requireAdmitted = (current: Board, task: Task): void => {
    const refusal = judge(current, task)
    if (!refusal) return
    const {reason, retryAfterSeconds} = refusal
    throw deferred(task, {reason: `${reason} The note is in the handoff.`, retryAfterSeconds}, again(task.id))
  }
  requireAdmitted(board, task)
  await project.step('deliver', () =>
    bringBack(project, board, task, conversation, {
      message: fresh => workerReturns(task.id, shown(notes), fresh),
      fresh: conversation === null && known !== null,
      judge: (board, current) => {
        requireMove(current, 'in_progress')
        requireAdmitted(board, current)
      },
    }),
  )
}

async function answerRunning(
  project: Project,
  session: Session,
  conversation: string,
  task: Task,
  notes: readonly string[],
): Promise<void> {
  await project.step('note', () => noteAnswer(project, task, notes))
  await project.step('deliver', () =>
    project.host.codex().queue(conversation, workerReturns(task.id, shown(notes), false)),
  )
  const reached = await project.step('record', () => recordDelivered(project, session.run, task))
  if (reached) return
  throw new PlannerError('SESSION_BUSY', `${session.name} ended at this moment; the note is in the handoff.`, [
    again(task.id),
  ])
}

/** The worker has its answer and is at work again; false when it ended meanwhile. */
async function recordDelivered(project: Project, run: string, {id}: Task): Promise<boolean> {
  const now = project.host.now()
  const {value} = await project.board.change(board => {
    const current = board.sessions.find(session => session.run === run)
    if (!current || !isActive(current)) return [board, false]
    const answered = changeSession(board, run, {attention: null, wake_revision: board.revision, wake_at: now})
    return [changeTask(answered, id, {status: 'in_progress'}, now)[0], true]
  })
  return value
}

/**
 * Goes on with an answer that was cut short: one that the worker has is put on the board. No worker is started, nor told anything twice: then
 * false.
 */
export async function finishAnswer(
  project: Project,
  {task_id, run, revision}: Intent,
  done: readonly string[],
): Promise<boolean> {
  const board = await project.board.read()
  const task = board.tasks.find(({id}) => id === task_id)
  if (!task || task.revision !== revision) return true
  if (run === null || !done.includes('deliver') || !canMove(task, 'in_progress')) return false
  return recordDelivered(project, run, task)
}

/** Once, however often a call that cannot go through yet is given. */
async function noteAnswer(project: Project, task: Task, notes: readonly string[]): Promise<void> {
  const about = task.status === 'review_ready' ? 'sent back' : 'answer'
  const entry = {author: project.author, about, summary: null, details: notes} as const
  const section = await sectionOf(project, task, entry)
  if (section !== null) await record(project, task, section, board => board)
}

/** The line that goes on from a note that stands in the handoff. */
export function again(id: string): string {
  return `codex-planner resume-task ${id} --note 'Read the handoff and go on.'`
}

function shown(notes: readonly string[]): string {
  return notes.join('\n\n')
}
