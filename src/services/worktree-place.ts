import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {editing, pasteable} from '../domain/shell.ts'
import {isFinal, type Task} from '../domain/task.ts'
import {isSamePlace, worktreesBeside} from '../domain/worktree-place.ts'
import {hostPaths, projectKey} from '../store/paths.ts'
import {isBelow, resolvedPart} from '../system/folder-users.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'

/** Where new worktrees of this repository are made. */
export function worktreesFolder({host, root}: Pick<Project, 'host' | 'root'>): string {
  return worktreesFolderOf(host, root)
}

/** The same for a repository that is, or was, at this place. */
export function worktreesFolderOf({config}: Pick<Host, 'config'>, root: string): string {
  const base = config.worktrees_base_dir
  return base === null ? worktreesBeside(root) : path.join(base, projectKey(root))
}

/** Two tasks never work in one folder, however the board came to say so. @throws PlannerError UNSAFE_FOLDER */
export function requireOwnPlace(board: Board, {id}: Task, worktree: string): void {
  const other = board.tasks.find(
    task => task.id !== id && task.worktree !== null && !isFinal(task.status) && isSamePlace(task.worktree, worktree),
  )
  if (other === undefined) return
  throw new PlannerError('UNSAFE_FOLDER', `${worktree} is the worktree of ${other.id} already, by the board.`, [
    pasteable(['codex-planner', 'show-task', other.id]),
  ])
}

/**
 * A worktree inside the repository would be in the way of its status and its cleaning, unless git ignores it there; inside another worktree it
 * would be among that worker's files. @throws PlannerError UNSAFE_FOLDER
 */
export async function requireOutside(
  {git, root, host}: Project,
  worktree: string,
  others: readonly string[],
): Promise<void> {
  const place = resolvedPart(worktree)
  const around = others.find(one => one !== place && isBelow(place, one))
  const inRoot = isBelow(place, root)
  if (around === undefined && !inRoot) return
  if (around === undefined && (await git.run(root, ['check-ignore', '--', place], {accept: [1]})) !== '') return
  const what = around === undefined ? 'the repository, which does not ignore it' : `the worktree ${around}`
  throw new PlannerError('UNSAFE_FOLDER', `${place} is inside ${what}; set worktrees_base_dir to a folder outside.`, [
    editing(hostPaths(host.env).config),
  ])
}
