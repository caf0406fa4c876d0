const SUFFIX = '-worktrees'

/** Where worktrees of a repository are made, unless the configuration says otherwise. */
export function worktreesBeside(root: string): string {
  return `${root}${SUFFIX}`
}

/** The repository that has its worktrees in this folder; undefined when its name does not tell. */
export function repositoryBeside(worktrees: string): string | undefined {
  return worktrees.endsWith(`/${SUFFIX}`) || !worktrees.endsWith(SUFFIX)
    ? undefined
    : worktrees.slice(0, -SUFFIX.length)
}

/** Whether two paths can be one folder, also where a file system does not tell upper case from lower, or one way to write `é` from another. */
export function isSamePlace(one: string, other: string): boolean {
  return folded(one) === folded(other)
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}

/** What a folder's `.git` file names. */
export interface Named {
  folder: string
  /** The Git folder of one worktree. */
  gitFolder: string
  /** Whether that is there. */
  isThere: boolean
}

/** How a worktree and its repository stand to each other. A move is `certain` when both ends prove that they belong together. */
export type Standing =
  | {state: 'linked'}
  | {state: 'moved'; folder: string; certain: boolean}
  /** Nothing that is known to be it stands anywhere. */
  | {state: 'missing'}
  /** Something else has taken its place. */
  | {state: 'foreign'}

/**
 * Judges one worktree by the two files that connect it: the repository's says where it is to be (`wanted`), its own names the Git folder.
 * `there` is what stands in that place, `elsewhere` what was found in others; `past` tells where a repository that was at that place had its
 * worktrees. A folder is a repository's when it names its Git folder, or one of the same id that is gone.
 */
export function standingOf(
  {wanted, gitFolder}: {wanted: string; gitFolder: string},
  there: Named | undefined,
  elsewhere: readonly Named[],
  past: (root: string) => string,
): Standing {
  if (there?.gitFolder === gitFolder) return {state: 'linked'}
  if (there !== undefined) {
    return hadThisId(there, gitFolder) ? {state: 'moved', folder: there.folder, certain: true} : {state: 'foreign'}
  }
  const own = elsewhere.find(named => named.gitFolder === gitFolder)
  if (own) return {state: 'moved', folder: own.folder, certain: true}
  const like = elsewhere.find(named => hadThisId(named, gitFolder))
  if (!like) return {state: 'missing'}
  const root = /^(\/.+)\/\.git\/worktrees\/[^/]+$/.exec(like.gitFolder)?.[1]
  // Both were moved: only where they stood before can tell that they are not of two repositories.
  const certain = root !== undefined && parentOf(wanted) === past(root)
  return {state: 'moved', folder: like.folder, certain}
}

/** It names the worktree of this id in a repository that is not there any more. */
function hadThisId({gitFolder: named, isThere}: Named, gitFolder: string): boolean {
  const id = nameOf(gitFolder)
  return !isThere && nameOf(named) === id && nameOf(parentOf(named)) === 'worktrees'
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

function parentOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'))
}
