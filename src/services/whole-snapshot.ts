import path from 'node:path'
import {workerName} from '../domain/session.ts'
import {IGNORED_BYTES, noteOf, snapshotMessage} from '../domain/snapshot.ts'
import {blobId, type DiskEntry, type DiskTree, diskTree, stampOfFile} from '../system/disk-tree.ts'
import {absentObjects, treeEntries} from '../system/git-snapshot.ts'
import {onlyInReflog} from '../system/git-worktree-state.ts'
import type {Spare} from './clean-checks.ts'
import type {Project} from './project.ts'
import {storeSnapshot} from './snapshots.ts'

/** A worktree with more files takes too long to be looked at. */
const MOST_FILES = 200_000
const MOST_COMMITS = 1000

const TROUBLES = {
  repository: 'is a repository of its own',
  special: 'is no plain file',
  unreadable: 'cannot be read',
  mount: 'is on another file system',
}

export type Content = {why: string} | {entries: DiskEntry[]; ignored: number}

/** What is in the worktree, if a snapshot can hold all of it. */
export async function contentOf(project: Project, folder: string): Promise<Content> {
  const tree = await diskTree(folder, {maxEntries: MOST_FILES, maxBytes: Number.MAX_SAFE_INTEGER})
  const [trouble] = tree.troubles
  if (trouble) return {why: `${trouble.path} ${TROUBLES[trouble.why]}, so no snapshot can hold it.`}
  if (!tree.complete) return {why: `It has more than ${MOST_FILES} files, too many to be compared with a snapshot.`}
  return ignoredIn(tree, await project.git.ignored(folder))
}

function ignoredIn({entries}: DiskTree, names: readonly string[]): Content {
  const files = new Set(names.filter(name => !name.endsWith('/')))
  const folders = names.filter(name => name.endsWith('/'))
  const sizes = new Map<string, number>()
  let ignored = 0
  for (const {path: file, bytes} of entries) {
    const name = files.has(file) ? file : folders.find(folder => file.startsWith(folder))
    if (name === undefined) continue
    ignored += 1
    sizes.set(name, (sizes.get(name) ?? 0) + bytes)
  }
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  if (total <= IGNORED_BYTES) return {entries, ignored}
  const [largest = ''] = [...sizes.entries()].toSorted(([, one], [, other]) => other - one).map(([name]) => name)
  return {
    why: `Its ignored files have ${Math.ceil(total / 1_048_576)} MiB, more than a snapshot holds; remove what can be made again, such as ${largest}.`,
  }
}

export interface Proof {
  id: string
  commit: string
  /** Of every file, in the moment before it was compared. */
  stamps: Map<string, string>
  /** Of what was staged. */
  index: string
}

/**
 * Keeps all of a worktree in a snapshot and compares every path, mode and byte with it. A sentence when it cannot be kept, or is not what
 * stands there. @throws PlannerError GIT_FAILED, TIMEOUT
 */
export async function provenSnapshot(
  project: Project,
  {task, gitFolder}: Spare,
  folder: string,
): Promise<{why: string} | Proof> {
  const content = await contentOf(project, folder)
  if ('why' in content) return content
  const index = await stampOfFile(path.join(gitFolder, 'index'))
  const commits = await onlyInReflog(project.git, folder)
  if (commits.length > MOST_COMMITS) return {why: `Its reflog alone has ${commits.length} commits.`}
  const uncommitted = await project.git.uncommitted(folder)
  const session = workerName(task.id)
  const {id, commit} = await storeSnapshot(project, session, {
    worktree: folder,
    message: snapshotMessage(session, 'clean', noteOf(uncommitted.length, content.ignored, [])),
    content: content.entries.map(entry => entry.path),
    whole: true,
    commits,
  })
  const different = await differenceTo(project, folder, content.entries, commit)
  if (different !== undefined) return {why: different}
  const stamps = new Map(content.entries.map(entry => [entry.path, entry.stamp]))
  const proof = {id, commit, stamps, index}
  return (await standsAs(folder, gitFolder, proof)) ? proof : {why: 'Something was changed in it just now.'}
}

/** Whether nothing came, went or was changed. */
export async function standsAs(
  folder: string,
  gitFolder: string,
  {stamps, index}: Pick<Proof, 'stamps' | 'index'>,
): Promise<boolean> {
  if ((await stampOfFile(path.join(gitFolder, 'index'))) !== index) return false
  const {entries, troubles, complete} = await diskTree(folder, {
    maxEntries: MOST_FILES,
    maxBytes: Number.MAX_SAFE_INTEGER,
  })
  const same = entries.every(entry => stamps.get(entry.path) === entry.stamp)
  return complete && troubles.length === 0 && same && entries.length === stamps.size
}

/** The first path that the commit does not hold as it stands here; undefined when it holds them all. */
export async function differenceTo(
  project: Project,
  folder: string,
  entries: readonly DiskEntry[],
  commit: string,
): Promise<string | undefined> {
  const held = await treeEntries(project.git, project.root, commit)
  const format = await project.git.objectFormat(project.root)
  const ids: string[] = []
  for (const entry of entries) {
    const id = await blobId(folder, entry, format)
    if (held.get(entry.path) !== `${entry.mode} ${id}`)
      return `${entry.path} is not in its snapshot as it stands there.`
    ids.push(id)
  }
  const [absent] = await absentObjects(project.git, project.root, ids)
  return absent === undefined ? undefined : 'The repository lacks what its snapshot should hold.'
}
