import {lstat} from 'node:fs/promises'
import path from 'node:path'

import {IGNORED_BYTES, type LeftOut} from '../domain/snapshot.ts'
import {type DiskTree, diskTree} from './disk-tree.ts'
import type {Git} from './git.ts'
import {isNodeError} from './node-error.ts'

/** What a worktree has and HEAD has not. */
export interface Pending {
  /** Files and links to keep. */
  content: string[]
  absent: string[]
  /** How many of the content git ignores. */
  ignored: number
  leftOut: LeftOut[]
}

/** @throws PlannerError GIT_FAILED, TIMEOUT */
export async function pendingIn(git: Git, worktree: string): Promise<Pending> {
  const top = await git.topOf(worktree)
  const status = ['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=all', '--ignore-submodules=none']
  const changed = parseChanges(await git.run(top, status, {timeout: 120_000}))
  const hidden = (await git.flagged(top)).map(({path: name, sparse}) => ({path: name, submodule: false, sparse}))
  const pending: Pending = {content: [], absent: [], ignored: 0, leftOut: []}
  for (const change of [...changed, ...hidden]) await sort(pending, top, change)
  await addIgnored(pending, top, await git.ignored(top))
  return {...pending, content: [...new Set(pending.content)]}
}

interface Change {
  path: string
  submodule: boolean
  /** Git is told that it may be missing. */
  sparse?: boolean
}

/** `git status --porcelain=v2 -z` without renames. */
export function parseChanges(text: string): Change[] {
  return text.split('\0').flatMap(record => {
    const fields = record.split(' ')
    if (fields[0] === '?') return [{path: record.slice(2), submodule: false}]
    const at = fields[0] === '1' ? 8 : fields[0] === 'u' ? 10 : undefined
    return at === undefined ? [] : [{path: fields.slice(at).join(' '), submodule: fields[2]?.startsWith('S') ?? false}]
  })
}

async function sort(pending: Pending, top: string, {path: name, submodule, sparse}: Change): Promise<void> {
  if (submodule) return leave(pending, name, 'submodule')
  if (name.endsWith('/')) return leave(pending, name, 'repository')
  let found: Awaited<ReturnType<typeof lstat>>
  try {
    found = await lstat(path.join(top, name))
  } catch (error) {
    if (!isNodeError(error) || !['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code ?? '')) throw error
    if (error.code === 'EACCES' || name.includes('\ufffd')) return leave(pending, name, 'unreadable')
    if (!sparse) pending.absent.push(name)
    return
  }
  if (found.isFile() || found.isSymbolicLink()) pending.content.push(name)
  // A folder that took a file's place: what is in it is told by itself.
  else if (found.isDirectory()) pending.absent.push(name)
  else leave(pending, name, 'special')
}

function leave(pending: Pending, name: string, why: LeftOut['why']): void {
  pending.leftOut.push({path: name, bytes: null, why})
}

const MOST_FILES = 20_000

/** The small ones first, as many as there is room for; a folder that git ignores as a whole is kept as a whole or not at all. */
async function addIgnored(pending: Pending, top: string, names: readonly string[]): Promise<void> {
  const measured: {name: string; tree: DiskTree}[] = []
  let looks = 10 * MOST_FILES
  for (const name of names) {
    const tree = await diskTree(top, {
      below: name,
      maxEntries: Math.max(0, Math.min(MOST_FILES, looks)),
      maxBytes: IGNORED_BYTES,
    })
    looks -= tree.entries.length + 1
    measured.push({name, tree})
  }
  let room = IGNORED_BYTES
  for (const {name, tree} of measured.toSorted((one, other) => one.tree.bytes - other.tree.bytes)) {
    const [trouble] = tree.troubles
    const fits = tree.complete && tree.bytes <= room
    if (trouble || !fits) {
      const why = trouble?.why === 'mount' ? 'special' : (trouble?.why ?? 'ignored')
      pending.leftOut.push({path: name, bytes: tree.bytes, why})
      continue
    }
    room -= tree.bytes
    pending.ignored += tree.entries.length
    pending.content.push(...tree.entries.map(entry => entry.path))
  }
}
