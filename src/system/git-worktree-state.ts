import {readdir, realpath} from 'node:fs/promises'
import path from 'node:path'

import type {Git} from './git.ts'
import {realOf, textOf, writtenGitFolder} from './git-links.ts'

/** The folder in which git keeps what belongs to one worktree; undefined when the two do not name each other. */
export async function linkedGitFolder(worktree: string, commonDir: string): Promise<string | undefined> {
  return linkedGitFolderOf(worktree, worktree, commonDir)
}

/** The same for a worktree that was moved and that git still looks for where it stood. */
export async function linkedGitFolderOf(
  worktree: string,
  stood: string,
  commonDir: string,
): Promise<string | undefined> {
  const folder = await writtenGitFolder(worktree)
  if (folder === undefined) return undefined
  const ours = path.join(await realpath(commonDir), 'worktrees')
  if (path.dirname(folder) !== ours || (await realOf(folder)) !== folder) return undefined
  return (await textOf(path.join(folder, 'gitdir')))?.replace(/\n$/, '') === path.join(stood, '.git')
    ? folder
    : undefined
}

const UNDER_WAY: Record<string, string> = {
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  BISECT_START: 'a bisect',
  BISECT_LOG: 'a bisect',
  sequencer: 'a cherry-pick or revert',
  modules: 'a submodule with a repository of its own',
}

/** What of a worktree's own Git folder must not be put away; undefined when there is nothing. */
export async function underWay(gitFolder: string): Promise<string | undefined> {
  const names = await readdir(gitFolder)
  const [found] = names.flatMap(name => UNDER_WAY[name] ?? [])
  if (found !== undefined) return found
  const lock = names.find(name => name.endsWith('.lock'))
  if (lock !== undefined) return `${lock}, which a git that works or was killed left there`
  if (!names.includes('refs')) return undefined
  const refs = await readdir(path.join(gitFolder, 'refs'), {recursive: true, withFileTypes: true})
  return refs.some(entry => !entry.isDirectory()) ? 'refs of its own' : undefined
}

/** Whether a branch, a tag or a remote's branch holds this commit. */
export async function isHeld(git: Git, root: string, commit: string): Promise<boolean> {
  const places = ['refs/heads', 'refs/tags', 'refs/remotes']
  return (await git.run(root, ['for-each-ref', '--count=1', '--contains', commit, ...places])) !== ''
}

/** Commits that only this worktree's reflog still knows: what was amended, reset or left on a detached HEAD. */
export async function onlyInReflog(git: Git, worktree: string): Promise<string[]> {
  const known = await git.run(worktree, ['rev-list', '--walk-reflogs', 'HEAD'])
  if (known === '') return []
  const alone = new Set(
    (await git.run(worktree, ['rev-list', '--not', '--all', '--stdin'], {input: known})).split('\n'),
  )
  return [...new Set(known.split('\n'))].filter(commit => commit !== '' && alone.has(commit))
}

/** Whether git keeps a submodule in this worktree, with or without its files. */
export async function hasSubmodule(git: Git, worktree: string): Promise<boolean> {
  const out = await git.run(worktree, ['ls-files', '--stage', '-z'], {timeout: 120_000})
  return out.split('\0').some(line => line.startsWith('160000 '))
}
