import {lstat} from 'node:fs/promises'

import {PlannerError} from '../domain/errors.ts'
import {type Cleaned, isOld, shortBranch, TRASH_DAYS} from '../domain/removal.ts'
import {SNAPSHOTS} from '../domain/snapshot.ts'
import {emptyEntry, readTrash, type TrashEntry, type TrashPlaces} from '../store/trash.ts'
import {diskTree} from '../system/disk-tree.ts'
import {processesIn} from '../system/folder-users.ts'
import {isNodeError} from '../system/node-error.ts'
import type {Project} from './project.ts'
import {differenceTo} from './whole-snapshot.ts'

/** Removes for good what has been in the trash long enough and is whole in its snapshot. */
export async function emptyTrash(project: Project, places: TrashPlaces, cleaned: Cleaned): Promise<void> {
  for (const entry of (await readTrash(places)).entries) {
    const {note, worktree, has} = entry
    if (!has.gitFolder) continue
    const place = {path: worktree, task_id: note.task_id, branch: shortBranch(note.branch)}
    const why = await reasonToKeep(project, entry)
    if (why !== undefined) cleaned.kept.push({...place, why})
    else {
      await emptyEntry(places, entry)
      await project.trace('empty-trash', {worktree, snapshot: note.snapshot})
      cleaned.emptied.push({...place, why: `All of it is in snapshot ${note.snapshot}.`})
    }
  }
}

async function reasonToKeep(project: Project, entry: TrashEntry): Promise<string | undefined> {
  const {note} = entry
  if (!isOld(note.moved_at, project.host.now()))
    return `It is in the trash since ${note.moved_at.slice(0, 10)}; what is older than ${TRASH_DAYS} days is removed.`
  try {
    return await stillNeeded(project, entry)
  } catch (error) {
    const expected = error instanceof PlannerError && ['GIT_FAILED', 'TIMEOUT'].includes(error.code)
    if (expected || isNodeError(error)) return `It cannot be compared with its snapshot: ${error.message}`
    throw error
  }
}

async function stillNeeded(project: Project, {note, worktree, has}: TrashEntry): Promise<string | undefined> {
  const ref = `${SNAPSHOTS}${note.snapshot}`
  if ((await project.git.commit(project.root, ref)) !== note.commit) return `Its snapshot ${note.snapshot} is gone.`
  // An earlier call removed the files and was killed; else somebody took them out.
  if (!has.worktree) return (await isThere(note.path)) ? `Somebody moved it back to ${note.path}.` : undefined
  if (!(await lstat(worktree)).isDirectory()) return 'It is no real folder.'
  const users = processesIn(worktree)
  if (users === undefined) return 'Which processes work in it cannot be told on this machine.'
  if (users.length > 0) return `Process ${users[0]} works in it.`
  const {entries, troubles, complete} = await diskTree(worktree, {
    maxEntries: Number.MAX_SAFE_INTEGER,
    maxBytes: Number.MAX_SAFE_INTEGER,
  })
  if (troubles[0] || !complete) return `${troubles[0]?.path} came into it since.`
  return differenceTo(project, worktree, entries, note.commit)
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await lstat(folder)
    return true
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return false
    throw error
  }
}
