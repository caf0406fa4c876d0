import {existsSync} from 'node:fs'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import type {Task} from '../domain/task.ts'
import type {Project} from './project.ts'

/** Where a task's worktree is, or will be made. */
export function worktreeOf(project: Project, task: Task): string {
  if (task.worktree !== null) return task.worktree
  const base = project.host.config.worktrees_base_dir
  const folder = base === null ? `${project.root}-worktrees` : path.join(base, project.key)
  return path.join(folder, task.id.toLowerCase())
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
  if (existsSync(worktree)) {
    if (standing && (await project.git.isWorktree(worktree, project.commonDir))) return
    throw new PlannerError(
      'GIT_FAILED',
      `${worktree} exists and is no worktree of this repository; it is left as it is.`,
      [pasteable(['ls', '-la', worktree])],
    )
  }
  // A folder that was removed by hand: its commits are on the branch, and what was not committed went with it.
  await project.git.addWorktree(project.root, {...request, missing: standing !== undefined})
  if (standing) await project.trace('worktree-remade', {task: task.id, worktree})
}
