import {lstatSync, realpathSync} from 'node:fs'
import {mkdir, readdir, rename, rm} from 'node:fs/promises'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {SNAPSHOTS, type Snapshot} from '../domain/snapshot.ts'
import {writeFiles} from '../system/git-restore.ts'
import {isNodeError} from '../system/node-error.ts'
import type {Project} from './project.ts'
import {readSnapshots} from './snapshot-list.ts'

export interface Restored {
  /** Absolute, links resolved. */
  path: string
  snapshot: Snapshot
}

/**
 * Writes what a snapshot holds into a new or empty folder: all of it or nothing. The repository and its worktrees stay as they are.
 * @throws PlannerError SNAPSHOT_NOT_FOUND, UNSAFE_FOLDER, GIT_FAILED
 */
export async function restoreSnapshot(project: Project, id: string, to: string): Promise<Restored> {
  const snapshot = (await readSnapshots(project, `${SNAPSHOTS}${id}`)).find(one => one.id === id)
  if (!snapshot) {
    throw new PlannerError('SNAPSHOT_NOT_FOUND', `There is no snapshot ${id}.`, ['codex-planner snapshots'])
  }
  const folder = resolved(path.resolve(to))
  await requireOutside(project, folder, id)
  await requireEmpty(folder, id)
  const part = `${folder}.part-${process.pid}-${Math.random().toString(36).slice(2)}`
  await onFolder(folder, () => mkdir(part, {recursive: true, mode: 0o700}))
  try {
    const {git, root, commonDir, paths} = project
    await writeFiles(git, {root, commonDir, commit: snapshot.commit, folder: part, scratch: paths.kept})
    // Over an empty folder only: whatever came into it meanwhile stays.
    await onFolder(folder, () => rename(part, folder))
  } finally {
    await rm(part, {recursive: true, force: true})
  }
  await project.trace('restore-snapshot', {snapshot: id, to: folder})
  return {path: folder, snapshot}
}

/** Links are followed as far as there is something. @throws PlannerError UNSAFE_FOLDER */
function resolved(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    if (!isNodeError(error)) throw error
    if (error.code === 'ENOENT' && !isLink(folder))
      return path.join(resolved(path.dirname(folder)), path.basename(folder))
    throw unusable(folder, error)
  }
}

function isLink(folder: string): boolean {
  return lstatSync(folder, {throwIfNoEntry: false})?.isSymbolicLink() ?? false
}

function unusable(folder: string, cause: unknown): PlannerError {
  return new PlannerError(
    'UNSAFE_FOLDER',
    `${folder} cannot be used as a folder.`,
    [pasteable(['ls', '-ld', folder])],
    {
      cause,
    },
  )
}

const UNFIT = ['ENOTDIR', 'EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG', 'ENOSPC', 'ENOTEMPTY', 'EEXIST', 'EBUSY']

async function onFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isNodeError(error) && UNFIT.includes(error.code ?? '')) throw unusable(folder, error)
    throw error
  }
}

/** @throws PlannerError UNSAFE_FOLDER */
async function requireOutside({git, root, commonDir}: Project, folder: string, id: string): Promise<void> {
  const ours = [commonDir, root, ...(await git.worktrees(root)).map(worktree => worktree.path)]
  const around = ours.find(place => isBelow(folder, place))
  if (around !== undefined) {
    throw refusal(
      `${folder} is inside ${around}; a snapshot is written outside of the repository and its worktrees.`,
      id,
    )
  }
  const steered = folder.split(path.sep).find(name => ['.git', '.codex'].includes(name.toLowerCase()))
  if (steered !== undefined) throw refusal(`${folder} is inside a ${steered} folder, where other programs read it.`, id)
}

function isBelow(folder: string, place: string): boolean {
  const way = path.relative(place, folder)
  return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way))
}

/** @throws PlannerError UNSAFE_FOLDER */
async function requireEmpty(folder: string, id: string): Promise<void> {
  const names = await onFolder(folder, async () => {
    try {
      return await readdir(folder)
    } catch (error) {
      if (isNodeError(error) && error.code === 'ENOENT') return []
      throw error
    }
  })
  if (names.length > 0)
    throw refusal(`${folder} has something in it; a snapshot is written into a new or empty folder.`, id)
}

function refusal(sentence: string, id: string): PlannerError {
  return new PlannerError('UNSAFE_FOLDER', sentence, [`codex-planner restore-snapshot ${id} --to ../restored`])
}
