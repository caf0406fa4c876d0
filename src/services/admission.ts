import type {WorkRequest} from '@codex-planner/plugin-api'

import type {Refusal} from '../domain/admission.ts'
import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {isActive} from '../domain/session.ts'
import {pasteable} from '../domain/shell.ts'
import {canStart, requireMove, type Task, taskOf} from '../domain/task.ts'
import {STATE_FOLDERS} from '../store/git-exclude.ts'
import {hostAdmission} from './host-admission.ts'
import type {Project} from './project.ts'

/** @throws PlannerError INVALID_TRANSITION */
export function requireStartable(task: Task): void {
  if (canStart(task)) return
  if (task.status === 'needs_input' || task.status === 'review_ready') {
    throw new PlannerError(
      'INVALID_TRANSITION',
      `${task.id} is ${task.status}: its worker waits for an answer, not for a start.`,
      [`codex-planner resume-task ${task.id} --note 'what to do next'`],
    )
  }
  requireMove(task, 'in_progress')
}

/** @throws PlannerError STATE_TRACKED */
export async function requireUntrackedState(project: Project): Promise<void> {
  const tracked = await project.git.tracked(project.root, STATE_FOLDERS)
  if (tracked.length === 0) return
  throw new PlannerError(
    'STATE_TRACKED',
    `Git tracks ${tracked.length} file(s) of the team's state, ${tracked[0]} first; every worktree would get a stale copy.`,
    [pasteable(['git', '-C', project.root, 'rm', '-r', '--cached', '--ignore-unmatch', ...STATE_FOLDERS])],
  )
}

/** Looks once at the machine; what it returns judges a start on the board as it is when it is asked. */
export async function admission(project: Project): Promise<(board: Board, task: Task) => Refusal | null> {
  const {faults, judge} = await hostAdmission(project.host)
  for (const {plugin, reason} of faults) {
    project.warn(`The worker policy of ${plugin} could not be loaded, so it is not asked: ${reason}`)
  }
  return (board, task) =>
    judge({kind: 'worker', taskId: task.id, writeScope: task.write_scope, active: activeWork(board, task.id)})
}

export function deferred(task: Task, {reason, retryAfterSeconds}: Refusal, again: string): PlannerError {
  return new PlannerError('WORKER_DEFERRED', `${task.id} has to wait: ${reason} Try again in ${retryAfterSeconds} s.`, [
    'codex-planner resources',
    again,
  ])
}

/** The tasks that a session is on, without the one that is asked about. */
export function activeWork(board: Board, without: string | null): WorkRequest['active'] {
  const busy = board.sessions.filter(isActive).map(session => session.task_id)
  return board.tasks
    .filter(({id}) => id !== without && busy.includes(id))
    .map(({id, write_scope}) => ({taskId: id, writeScope: write_scope}))
}

/** The commit a worker starts at: recorded once its branch exists, until then the person's HEAD. @throws PlannerError NO_COMMIT */
export async function baseOf(project: Project, task: Task): Promise<string> {
  if (task.base_commit !== null && (await tipOf(project, task)) !== null) return task.base_commit
  const head = await project.git.head(project.root)
  if (head !== null) return head
  throw new PlannerError('NO_COMMIT', `${project.root} has no commit yet, so a worker has nothing to start from.`, [
    `${pasteable(['git', '-C', project.root])} commit --allow-empty -m 'First commit'`,
  ])
}

/** A worker starts from the base, so what it builds on must be in there; the tool never merges. @throws PlannerError DEPENDENCY_NOT_READY */
export async function requireDependencies(project: Project, board: Board, task: Task, base: string): Promise<void> {
  for (const id of task.depends_on) {
    const {status, branch} = taskOf(board, id)
    if (status !== 'done') {
      throw new PlannerError('DEPENDENCY_NOT_READY', `${task.id} builds on ${id}, which is ${status}.`, [
        `codex-planner show-task ${id}`,
      ])
    }
    const tip = await tipOf(project, {branch})
    const start = (await tipOf(project, task)) ?? base
    if (branch === null || tip === null || (await project.git.isAncestor(project.root, tip, start))) continue
    throw new PlannerError(
      'DEPENDENCY_NOT_READY',
      `${id} is done, but its branch ${branch} is not merged into what ${task.id} starts from.`,
      [pasteable(['git', '-C', task.worktree ?? project.root, 'merge', branch])],
    )
  }
}

/** The newest commit of a task's branch; null before there is one. */
export async function tipOf(project: Project, {branch}: Pick<Task, 'branch'>): Promise<string | null> {
  return branch === null ? null : project.git.commit(project.root, `refs/heads/${branch}`)
}
