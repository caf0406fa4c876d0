import {randomBytes} from 'node:crypto'
import type {TerminalBackend} from '@codex-planner/plugin-api'

import type {Board} from '../domain/board.ts'
import {newHandoff} from '../domain/handoff.ts'
import {fenced, renderTemplate, taskAsData} from '../domain/prompt.ts'
import {workerRole} from '../domain/prompts/worker.ts'
import {addSession, type Session, workerName} from '../domain/session.ts'
import {branchName, changeTask, type Task, taskOf} from '../domain/task.ts'
import {ensureHandoff} from '../store/handoffs.ts'
import {readPage} from '../store/pages.ts'
import {claimSession} from './claim.ts'
import {worktreeOf} from './moved.ts'
import type {Project} from './project.ts'
import {startSession} from './start.ts'
import {templateOf} from './template.ts'
import {backendFor} from './terminals.ts'
import {prepareWorktree} from './worktree.ts'
import {requireOwnPlace} from './worktree-place.ts'

export interface Claim {
  /** As it was just now. */
  board: Board
  base: string
  /** The conversation to go on with; null for a new one. */
  conversation: string | null
  /** The conversation is only opened, without a first message. */
  silent?: boolean
}

/**
 * Puts the start on the board: from here on nobody else starts this worker. `judge` refuses on the board as it is then. Without a task when
 * another call was faster; then the session is that call's.
 */
export async function claim(
  project: Project,
  run: string,
  task: Task,
  {board: before, base, conversation, silent = false}: Claim,
  judge: (board: Board, task: Task) => void,
): Promise<{session: Session; task: Task | null; backend: TerminalBackend}> {
  const [worktree, backend] = [await worktreeOf(project, before, task), await backendFor(project, before)]
  const request = {
    role: 'worker' as const,
    name: workerName(task.id),
    taskId: task.id,
    cwd: worktree,
    conversation,
    backend,
    toldRevision: 0,
    silent,
  }
  const {session, board, faster} = await claimSession(project, run, request, (current, session) => {
    judge(current, taskOf(current, task.id))
    requireOwnPlace(current, task, worktree)
    const place = {worktree, branch: task.branch ?? branchName(task), base_commit: base}
    return changeTask(addSession(current, session), task.id, place, project.host.now())[0]
  })
  return faster ? {session: faster, task: null, backend} : {session, task: taskOf(board, task.id), backend}
}

/** Starts a claimed worker in its worktree; returns the board as it is when it is up. */
export async function startWorker(
  project: Project,
  session: Session,
  task: Task,
  backend: TerminalBackend,
  prompt: () => Promise<string | null>,
): Promise<Board> {
  const {root, paths, host} = project
  const {worktree} = session
  return startSession(project, session, async () => {
    await project.step('worktree', () => prepareWorktree(project, task))
    return {
      role: 'worker',
      name: session.name,
      taskId: task.id,
      cwd: worktree,
      conversation: session.codex_session_id,
      prompt: await prompt(),
      developerInstructions: workerRole({session: session.name, taskId: task.id, root, worktree, cli: paths.shim}),
      model: host.config.worker_model,
      backend,
      toldRevision: 0,
    }
  })
}

/** The worker's template, filled in with its task and the end of its handoff, which is the newest. */
export async function firstPrompt(project: Project, session: Session, task: Task): Promise<string> {
  const {paths} = project
  await ensureHandoff(paths, task.handoff_file, newHandoff(task))
  const template = await templateOf(project, 'worker')
  const mark = randomBytes(6).toString('hex')
  return renderTemplate(
    template,
    {
      session: session.name,
      task_id: task.id,
      root: project.root,
      worktree: session.worktree,
      branch: task.branch ?? '',
      base_commit: task.base_commit ?? '',
      cli: paths.shim,
      task: taskAsData(task, mark),
      handoff: fenced(`handoff of ${task.id}`, await endOfHandoff(project, task), mark),
    },
    '.codex/prompts/worker.md',
  )
}

const HANDOFF_BYTES = 64 * 1024

/** As much of a handoff as is worth reading at once; empty when there is none. */
export async function endOfHandoff({paths}: Project, {handoff_file}: Task): Promise<string> {
  const size = (await readPage(paths, handoff_file, {offset: 0, maxBytes: 4}))?.total_bytes ?? 0
  const offset = Math.max(0, size - HANDOFF_BYTES)
  return (await readPage(paths, handoff_file, {offset, maxBytes: HANDOFF_BYTES}))?.text ?? ''
}
