import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {workerContinues} from '../domain/prompts/worker.ts'
import {changeSession, latestConversation, type Session, suspendedWorkers, workerName} from '../domain/session.ts'
import {isFinal, type Task, taskOf} from '../domain/task.ts'
import {conversationFile} from '../system/codex.ts'
import {admission, deferred} from './admission.ts'
import {atOnce} from './at-once.ts'
import {undertakeStart} from './claim.ts'
import type {Project} from './project.ts'
import {claim, firstPrompt, startWorker} from './worker-start.ts'

export interface Return {
  /** What the worker is told first; null to open its conversation and say nothing. */
  message: ((fresh: boolean) => string) | null
  /** Its earlier conversation cannot be brought back. */
  fresh: boolean
  /** Refuses on the board as it is when the start is claimed. */
  judge: (board: Board, task: Task) => void
}

/**
 * Starts a worker again: same name, same worktree, and the conversation it is given. One that Codex refuses is given up for a new one, with
 * the task and the handoff as its prompt. Returns the board as it is when it is up. @throws PlannerError SESSION_BUSY, START_FAILED
 */
export async function bringBack(
  project: Project,
  board: Board,
  task: Task,
  conversation: string | null,
  {message, fresh, judge}: Return,
): Promise<Board> {
  const start = {board, base: task.base_commit ?? '', conversation, silent: message === null}
  try {
    return await undertakeStart(project, {session: workerName(task.id), task_id: task.id}, async (project, run) => {
      const {session, task: claimed, backend} = await claim(project, run, task, start, judge)
      if (!claimed) throw startedByAnother(session)
      return startWorker(project, session, claimed, backend, async () => {
        const said = message?.(fresh) ?? null
        return conversation === null ? [await firstPrompt(project, session, claimed), said].join('\n') : said
      })
    })
  } catch (error) {
    const refused = error instanceof PlannerError && error.code === 'START_FAILED'
    if (conversation === null || message === null || !refused) throw error
    await project.trace('resume-refused', {task: task.id, conversation, reason: error.message})
    return bringBack(project, await project.board.read(), task, null, {message, fresh: true, judge})
  }
}

function startedByAnother({name}: Session): PlannerError {
  return new PlannerError(
    'SESSION_BUSY',
    `${name} is being started by another call; what it was told is in the handoff.`,
    [`codex-planner show-session ${name}`],
  )
}

/** The conversation, if Codex still has its record. */
export async function recorded(project: Project, conversation: string | null): Promise<string | null> {
  if (conversation === null) return null
  return (await conversationFile(project.host.codexHome, conversation)) === undefined ? null : conversation
}

export interface Comeback {
  /** Names of workers that are back. */
  resumed: string[]
  /** Those that stay suspended, and why. */
  left: {name: string; reason: string; retryable: boolean}[]
}

/** A start mostly waits for its Codex, and the machine has other things to do as well. */
const AT_ONCE = 4

/** Brings every suspended worker back, a few at once: what one cannot do keeps no other from it. */
export async function resumeSuspended(project: Project): Promise<Comeback> {
  const board = await retire(project)
  const sessions = suspendedWorkers(board)
  const troubles = await atOnce(AT_ONCE, sessions, session => broughtBack(project, board, session))
  return {
    resumed: sessions.flatMap(({name}, index) => (troubles[index] ? [] : [name])),
    left: troubles.flatMap(trouble => trouble ?? []),
  }
}

/** Null when it is back. */
async function broughtBack(
  project: Project,
  board: Board,
  session: Session & {task_id: string},
): Promise<Comeback['left'][number] | null> {
  const {name} = session
  try {
    await resumeSession(project, board, session)
    return null
  } catch (error) {
    if (!(error instanceof PlannerError) || error.code === 'INTERRUPTED') throw error
    const {message: reason, retryable} = error
    await noteWhy(project, name, reason)
    await project.trace('resume-failed', {session: name, reason})
    return {name, reason, retryable}
  }
}

/** A worker whose task is over has nothing to come back for. */
async function retire(project: Project): Promise<Board> {
  const {board} = await project.board.change(board => {
    const over = suspendedWorkers(board).filter(({task_id}) => isFinal(taskOf(board, task_id).status))
    return [over.reduce((next, {run}) => changeSession(next, run, {status: 'closed'}), board), null]
  })
  return board
}

/** One at work goes on; one that waits for an answer is only opened again, which asks no model anything. */
async function resumeSession(project: Project, board: Board, session: Session & {task_id: string}): Promise<void> {
  const task = taskOf(board, session.task_id)
  const known = latestConversation(board, session.name)
  const conversation = await recorded(project, known)
  const working = task.status === 'in_progress'
  if (!working && conversation === null) {
    const lost = known === null ? 'was never learnt' : 'has no record any more'
    throw new PlannerError(
      'START_FAILED',
      `${task.id} is ${task.status} and the conversation of ${session.name} ${lost}; it starts anew with the planner's next note.`,
      [`codex-planner resume-task ${task.id} --note 'what to do next'`],
    )
  }
  const judge = await admission(project)
  await bringBack(project, board, task, conversation, {
    message: working ? fresh => workerContinues(task.id, fresh) : null,
    fresh: conversation === null,
    judge: (board, task) => {
      const refusal = judge(board, task)
      if (refusal) throw deferred(task, refusal, 'codex-planner')
    },
  })
}

async function noteWhy(project: Project, name: string, reason: string): Promise<void> {
  await project.board.change(board => {
    const session = suspendedWorkers(board).find(session => session.name === name)
    return [session ? changeSession(board, session.run, {attention: `Stays suspended: ${reason}`}) : board, null]
  })
}
