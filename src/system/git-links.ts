import {lstat, readdir, readFile, realpath} from 'node:fs/promises'
import path from 'node:path'

import {isNodeError} from './node-error.ts'

/** What git keeps of one linked worktree, and where it looks for it. */
export interface WorktreeLink {
  /** The Git folder of this worktree alone; its name is the worktree's id. */
  gitFolder: string
  /** Where git looks for it, there or not. */
  worktree: string
  /** Git's reason, empty when none was given; null when not locked. */
  locked: string | null
}

/** Every linked worktree of a repository, also those that git cannot find any more. */
export async function linksOf(commonDir: string): Promise<WorktreeLink[]> {
  const folder = path.join(await realpath(commonDir), 'worktrees')
  const links: WorktreeLink[] = []
  for (const id of (await namesIn(folder)).toSorted()) {
    const gitFolder = path.join(folder, id)
    const named = (await textOf(path.join(gitFolder, 'gitdir')))?.replace(/\n$/, '')
    if (named === undefined) continue
    const locked = (await textOf(path.join(gitFolder, 'locked')))?.replace(/\n$/, '') ?? null
    links.push({gitFolder, worktree: path.dirname(path.resolve(gitFolder, named)), locked})
  }
  return links
}

/** The Git folder that a worktree's own `.git` names, links resolved where it is there; undefined where there is no such file. */
export async function namedGitFolder(worktree: string): Promise<{gitFolder: string; isThere: boolean} | undefined> {
  const written = await writtenGitFolder(worktree)
  if (written === undefined) return undefined
  const real = await realOf(written)
  return {gitFolder: real ?? written, isThere: real !== undefined}
}

/** The same as it is written, from a plain file alone. */
export async function writtenGitFolder(worktree: string): Promise<string | undefined> {
  const [, named] = /^gitdir: ([^\n]+)\n?$/s.exec((await textOf(path.join(worktree, '.git'))) ?? '') ?? []
  return named === undefined ? undefined : path.resolve(worktree, named)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return []
    throw error
  }
}

/** A plain file's text, links not followed. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await lstat(file)).isFile() ? await readFile(file, 'utf8') : undefined
  } catch (error) {
    if (isNodeError(error)) return undefined
    throw error
  }
}

export async function realOf(folder: string): Promise<string | undefined> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (isNodeError(error)) return undefined
    throw error
  }
}
