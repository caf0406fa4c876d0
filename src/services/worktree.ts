import {existsSync} from 'node:fs'
import {readdir, rename} from 'node:fs/promises'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import type {Task} from '../domain/task.ts'
import type {WorktreeRequest} from '../system/git.ts'
import {isNodeError} from '../system/node-error.ts'
import {processesHolding} from '../system/process.ts'
import type {Project} from './project.ts'

/** Where a task's worktree is, or will be made. */
export function worktreeOf(project: Project, task: Task): string {
  if (task.worktree !== null) return task.worktree
  return path.join(worktreesFolder(project), task.id.toLowerCase())
}

/** Where new worktrees of this repository are made. */
export function worktreesFolder(project: Project): string {
  const base = project.host.config.worktrees_base_dir
  return base === null ? `${project.root}-worktrees` : path.join(base, project.key)
}

/** Makes the worktree of a claimed task, or finds the one that stands. @throws PlannerError GIT_FAILED */
export async function prepareWorktree(project: Project, task: Task): Promise<void> {
  const {worktree, branch, base_commit: base} = task
  if (worktree === null || branch === null || base === null) {
    throw new Error(`${task.id} was claimed without a worktree.`)
  }
  const request = {path: worktree, branch, base, reason: `codex-planner ${task.id}`}
  const standing = (await project.git.worktrees(project.root)).find(({path: at}) => at === worktree)
  if (standing && standing.branch !== `refs/heads/${branch}`) {
    throw new PlannerError('GIT_FAILED', `The worktree ${worktree} is not on ${branch}; it is left as it is.`, [
      pasteable(['git', '-C', worktree, 'status']),
    ])
  }
  if (existsSync(worktree) && !(await isEmpty(worktree))) {
    if (!standing || !(await project.git.isWorktree(worktree, project.commonDir))) throw foreign(worktree)
    if (!(await project.git.isComplete(worktree))) await remake(project, task.id, request)
    return
  }
  // A folder that was removed by hand: its commits are on the branch, and what was not committed went with it.
  await project.git.addWorktree(project.root, {...request, missing: standing !== undefined})
  if (standing) await project.trace('worktree-remade', {task: task.id, worktree})
}

/** Git makes a worktree in an empty folder, such as one that it was killed over. */
async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOTDIR') return false
    throw error
  }
}

function foreign(worktree: string): PlannerError {
  return new PlannerError(
    'GIT_FAILED',
    `${worktree} exists and is no worktree of this repository; it is left as it is.`,
    [pasteable(['ls', '-la', worktree])],
  )
}

/**
 * A worktree that git was killed over before it had an index: nobody ever worked in it, and its files are not all there. Whatever is in the
 * folder stays, under another name beside it. @throws PlannerError SESSION_BUSY while a git is still at it
 */
async function remake(project: Project, task: string, request: WorktreeRequest): Promise<void> {
  const lock = path.join(await project.git.gitDir(request.path), 'index.lock')
  if ((await processesHolding(lock)).length > 0) {
    throw new PlannerError('SESSION_BUSY', `Git is still making the worktree ${request.path}.`, [
      `codex-planner spawn-worker ${task}`,
    ])
  }
  const aside = `${request.path}.incomplete-${project.host.now().replaceAll(/[-:.]/g, '')}`
  await rename(request.path, aside)
  await project.git.addWorktree(project.root, {...request, missing: true})
  await project.trace('worktree-remade', {task, worktree: request.path, aside})
}
