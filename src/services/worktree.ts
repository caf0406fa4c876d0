import {existsSync} from 'node:fs'
import {readdir, rename} from 'node:fs/promises'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import type {Task} from '../domain/task.ts'
import {ensureFolder} from '../store/safe-folder.ts'
import type {WorktreeRequest} from '../system/git.ts'
import {linksOf} from '../system/git-links.ts'
import {hasSubmodule} from '../system/git-worktree-state.ts'
import {isNodeError} from '../system/node-error.ts'
import {processesHolding} from '../system/process.ts'
import type {Project} from './project.ts'
import {requireOutside} from './worktree-place.ts'

/** Makes the worktree of a claimed task, or finds the one that stands. @throws PlannerError GIT_FAILED */
export async function prepareWorktree(project: Project, task: Task): Promise<void> {
  const {worktree, branch, base_commit: base} = task
  if (worktree === null || branch === null || base === null) {
    throw new Error(`${task.id} was claimed without a worktree.`)
  }
  const request = {path: worktree, branch, base, reason: `codex-planner ${task.id}`}
  const linked = (await linksOf(project.commonDir)).map(link => link.worktree)
  const isNew = !linked.includes(worktree) && !existsSync(worktree)
  const worktrees = isNew ? [] : await project.git.worktrees(project.root)
  const standing = worktrees.find(({path: at}) => at === worktree)
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
  await requireOutside(project, worktree, linked)
  // A folder that was removed by hand: its commits are on the branch, and what was not committed went with it.
  if (standing) await setAside(project, worktree)
  await project.git.addWorktree(project.root, request)
  if (standing) {
    await project.trace('worktree-remade', {task: task.id, worktree})
    project.warn(
      `${worktree} was gone and was made again from ${branch}; of what was not committed there, snapshots have what was kept.`,
    )
  }
  await tellOfSubmodules(project, worktree)
}

/** Git keeps the folder's entry, with its index and reflog, where it can be taken back from; without it, it makes the worktree anew. */
async function setAside({commonDir, paths, host}: Project, worktree: string): Promise<void> {
  const link = (await linksOf(commonDir)).find(one => one.worktree === worktree)
  if (link === undefined) return
  await ensureFolder(paths.trashedGit, 0o700, {below: commonDir})
  const stamp = host.now().replaceAll(/[-:.]/g, '')
  await rename(link.gitFolder, path.join(paths.trashedGit, `${path.basename(link.gitFolder)}-remade-${stamp}`))
}

/** Without that file nothing could fill them. */
async function tellOfSubmodules({git, warn}: Project, worktree: string): Promise<void> {
  if (!existsSync(path.join(worktree, '.gitmodules')) || !(await hasSubmodule(git, worktree))) return
  const fill = pasteable(['git', '-C', worktree, 'submodule', 'update', '--init', '--recursive'])
  warn(`The folders of submodules are empty in ${worktree}, as in every new worktree. This fills them: ${fill}`)
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
  await setAside(project, request.path)
  await project.git.addWorktree(project.root, request)
  await project.trace('worktree-remade', {task, worktree: request.path, aside})
}
