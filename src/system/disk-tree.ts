import {createHash} from 'node:crypto'
import {createReadStream} from 'node:fs'
import {lstat, readdir, readlink} from 'node:fs/promises'
import path from 'node:path'

import {isNodeError} from './node-error.ts'

/** A file or a link as it stands in a worktree. */
export interface DiskEntry {
  /** Relative to the top, with `/`. */
  path: string
  /** As git calls it. */
  mode: '100644' | '100755' | '120000'
  bytes: number
  /** Differs when anything was done to it. */
  stamp: string
}

export interface DiskTree {
  entries: DiskEntry[]
  bytes: number
  /** What git cannot hold, or nobody can read. */
  troubles: {path: string; why: 'repository' | 'special' | 'unreadable' | 'mount'}[]
  /** False when there is more than was asked for. */
  complete: boolean
}

export interface Bounds {
  /** Relative to the top; all of it when left out. */
  below?: string
  maxEntries: number
  maxBytes: number
}

/** Every file and link below a folder, links not followed. The top's own `.git` is no part of it. */
export async function diskTree(top: string, {below = '', maxEntries, maxBytes}: Bounds): Promise<DiskTree> {
  const tree: DiskTree = {entries: [], bytes: 0, troubles: [], complete: true}
  const device = (await lstat(top)).dev
  const waiting = [below.replace(/\/$/, '')]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const name = at
    const found = await unless(tree, name, () => lstat(path.join(top, name)))
    if (!found) continue
    if (found.dev !== device) tree.troubles.push({path: name, why: 'mount'})
    else if (found.isDirectory()) waiting.push(...(await children(tree, top, name)))
    else if (found.isFile() || found.isSymbolicLink()) {
      const mode = found.isSymbolicLink() ? '120000' : (found.mode & 0o100) === 0 ? '100644' : '100755'
      tree.entries.push({path: name, mode, bytes: found.size, stamp: stampOf(found)})
      tree.bytes += found.size
    } else tree.troubles.push({path: name, why: 'special'})
    if (tree.entries.length > maxEntries || tree.bytes > maxBytes || tree.troubles.length > 100) {
      return {...tree, complete: false}
    }
  }
  return tree
}

function stampOf({ino, size, mode, mtimeMs, ctimeMs}: Awaited<ReturnType<typeof lstat>>): string {
  return [ino, size, mode, mtimeMs, ctimeMs].join(' ')
}

/** Differs when anything was done to that file; empty when there is none. */
export async function stampOfFile(file: string): Promise<string> {
  try {
    return stampOf(await lstat(file))
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return ''
    throw error
  }
}

async function children(tree: DiskTree, top: string, folder: string): Promise<string[]> {
  const names = (await unless(tree, folder, () => readdir(path.join(top, folder)))) ?? []
  const inside = names.filter(name => name.toLowerCase() !== '.git')
  if (inside.length < names.length && folder !== '') tree.troubles.push({path: `${folder}/`, why: 'repository'})
  return inside.map(name => (folder === '' ? name : `${folder}/${name}`)).toReversed()
}

/** A name that is not UTF-8 is not found by what became of it. */
async function unless<Value>(tree: DiskTree, name: string, look: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await look()
  } catch (error) {
    if (!isNodeError(error) || !['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO', 'ESTALE'].includes(error.code ?? ''))
      throw error
    tree.troubles.push({path: name, why: 'unreadable'})
    return undefined
  }
}

/** The id git gives to these bytes, counted without git. */
export async function blobId(top: string, {path: name, mode}: DiskEntry, format: string): Promise<string> {
  const file = path.join(top, name)
  const hash = createHash(format)
  if (mode === '120000') {
    const target = await readlink(file, 'buffer')
    return hash.update(`blob ${target.length}\0`).update(target).digest('hex')
  }
  const {size} = await lstat(file)
  hash.update(`blob ${size}\0`)
  let seen = 0
  for await (const part of createReadStream(file)) {
    seen += (part as Buffer).length
    hash.update(part as Buffer)
  }
  return seen === size ? hash.digest('hex') : 'it changes'
}
