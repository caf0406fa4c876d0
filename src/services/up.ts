import type {Board} from '../domain/board.ts'
import {changeSession, type Session} from '../domain/session.ts'
import {changeTask, isFinal, type Task, taskOf} from '../domain/task.ts'
import type {Project} from './project.ts'

/**
 * Codex is up: the session runs, and its task is in progress, unless it was opened without a prompt and waits for an answer. Said by whoever
 * sees it first; saying it twice changes nothing. Returns the board as it is then.
 */
export async function sessionIsUp(project: Project, run: string): Promise<Board> {
  const now = project.host.now()
  const {board} = await project.board.change(board => {
    const session = board.sessions.find(session => session.run === run)
    if (session?.status !== 'starting') return [board, null]
    const running = changeSession(board, run, {status: 'running'})
    return [
      isWorking(session)
        ? changeTask(running, session.task_id, inProgress(taskOf(board, session.task_id), session), now)[0]
        : running,
      null,
    ]
  })
  return board
}

/** The same where somebody has most likely said it: then nobody has to wait for the board. */
export async function confirmUp(project: Project, run: string): Promise<void> {
  const {sessions} = await project.board.read()
  if (sessions.some(session => session.run === run && session.status === 'starting')) await sessionIsUp(project, run)
}

function isWorking(session: Session): session is Session & {task_id: string} {
  return session.task_id !== null && session.prompt_file !== null
}

/** A worker may have handed back or asked before anybody said that it is up. */
function inProgress({status, revision}: Task, session: Session) {
  const handedOver = (status === 'review_ready' || status === 'needs_input') && revision > session.revision
  return isFinal(status) || handedOver ? {} : {status: 'in_progress' as const, owner: session.name}
}
