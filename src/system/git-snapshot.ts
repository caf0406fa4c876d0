import {copyFile, lstat, mkdir, readlink, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {Git} from './git.ts'
import {holdSame} from './git-same-snapshot.ts'
import {isNodeError} from './node-error.ts'

export interface SnapshotRequest {
  worktree: string
  /** Must not be there yet. */
  ref: string
  message: string
  /** A folder for what is needed meanwhile. */
  scratch: string
  /** What the worktree has in place of HEAD's, relative to its top. With `whole` all it has. */
  content: readonly string[]
  /** Of HEAD's, what the worktree has no more. */
  absent?: readonly string[]
  /** The content is everything: nothing of HEAD is taken over unseen. */
  whole?: boolean
  /** The commit of an earlier one: when that holds the same, no other is kept. */
  unlessLike?: string | undefined
  /** Commits that nothing else holds. */
  commits?: readonly string[]
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'codex-planner',
  GIT_AUTHOR_EMAIL: 'codex-planner@localhost',
  GIT_COMMITTER_NAME: 'codex-planner',
  GIT_COMMITTER_EMAIL: 'codex-planner@localhost',
}

const PATIENCE_MS = 300_000

/**
 * Keeps content byte for byte under a new ref, through an index of its own: no filter of the repository runs, and neither files nor index
 * nor stash are touched. The first parent is HEAD; what the index holds differently, and the given commits, hang on the last one.
 * Returns the commit, or that of the earlier one. @throws PlannerError GIT_FAILED, TIMEOUT
 */
export async function writeSnapshot(git: Git, request: SnapshotRequest): Promise<string> {
  const {worktree, ref, message, scratch, whole = false, commits = []} = request
  const folder = path.join(scratch, `snapshot-${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2)}`)
  await mkdir(folder, {mode: 0o700})
  try {
    const index = {...AUTHOR, GIT_INDEX_FILE: path.join(folder, 'index')}
    const top = await git.topOf(worktree)
    const head = await git.commit(worktree, 'HEAD')
    const run = (args: string[], input?: string) =>
      git.run(top, args, {env: index, timeout: PATIENCE_MS, ...(input === undefined ? {} : {input})})
    await run(['read-tree', ...(head === null || whole ? ['--empty'] : [head])])
    await run(['update-index', '-z', '--index-info'], await entries(git, top, folder, request))
    const tree = (await run(['write-tree'])).trim()
    const parents = head === null ? [] : ['-p', head]
    const staged = await stagedTree(git, top, folder)
    const record = async (held: string) => {
      const also = commits.flatMap(commit => ['-p', commit])
      return (await run(['commit-tree', held, ...parents, ...also], 'codex-planner: what was staged\n')).trim()
    }
    const known = [tree, head === null ? '' : await treeOf(git, top, head)]
    const aside = staged !== null && !known.includes(staged) ? staged : commits.length > 0 ? tree : null
    const last = aside === null ? [] : ['-p', await record(aside)]
    const commit = (await run(['commit-tree', tree, ...parents, ...last], message)).trim()
    if (request.unlessLike !== undefined && (await holdSame(git, top, request.unlessLike, commit))) {
      return request.unlessLike
    }
    await run(['update-ref', '--create-reflog', ref, commit, '0'.repeat(commit.length)])
    return commit
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

async function treeOf(git: Git, top: string, commit: string): Promise<string> {
  return (await git.run(top, ['rev-parse', '--verify', `${commit}^{tree}`])).trim()
}

/** Null while there is no index, or while it holds an unfinished merge. */
async function stagedTree(git: Git, top: string, folder: string): Promise<string | null> {
  const copy = path.join(folder, 'staged')
  try {
    await copyFile(path.join(await git.gitDir(top), 'index'), copy)
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return null
    throw error
  }
  const tree = await git.run(top, ['write-tree'], {env: {GIT_INDEX_FILE: copy}, accept: [128]})
  return tree.trim() === '' ? null : tree.trim()
}

/** What `update-index --index-info` reads: one line for each path, those that go first. */
async function entries(git: Git, top: string, folder: string, request: SnapshotRequest): Promise<string> {
  const {content, absent = []} = request
  const found = await Promise.all(content.map(async name => ({name, stats: await lstat(path.join(top, name))})))
  const sources: string[] = []
  for (const [number, {name, stats}] of found.entries()) {
    const file = path.join(top, name)
    if (!stats.isSymbolicLink()) sources.push(file)
    else {
      const copy = path.join(folder, `link-${number}`)
      await writeFile(copy, await readlink(file, 'buffer'))
      sources.push(copy)
    }
  }
  const ids = sources.length === 0 ? [] : await hashed(git, top, sources)
  const none = '0'.repeat(40)
  return [
    ...absent.map(name => `0 ${none}\t${name}\0`),
    ...found.map(({name, stats}, number) => {
      const mode = stats.isSymbolicLink() ? '120000' : (stats.mode & 0o100) === 0 ? '100644' : '100755'
      return `${mode} ${ids[number]}\t${name}\0`
    }),
  ].join('')
}

async function hashed(git: Git, top: string, files: readonly string[]): Promise<string[]> {
  const out = await git.run(top, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
    input: files.map(file => `${quoted(file)}\n`).join(''),
    timeout: PATIENCE_MS,
  })
  return out.trimEnd().split('\n')
}

/** As git quotes a path on a line of its own. */
function quoted(file: string): string {
  return `"${file.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

/** The files and links of a commit's tree: mode and id by path. */
export async function treeEntries(git: Git, folder: string, commit: string): Promise<Map<string, string>> {
  const out = await git.run(folder, ['ls-tree', '-r', '-z', '--full-tree', commit], {timeout: PATIENCE_MS})
  const lines = out.split('\0').filter(line => line !== '')
  return new Map(
    lines.map(line => {
      const tab = line.indexOf('\t')
      const [mode = '', , id = ''] = line.slice(0, tab).split(' ')
      return [line.slice(tab + 1), `${mode} ${id}`]
    }),
  )
}

/** Of these objects, the ones that the repository does not have. */
export async function absentObjects(git: Git, folder: string, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const out = await git.run(folder, ['cat-file', '--batch-check=%(objectname)'], {
    input: ids.map(id => `${id}\n`).join(''),
    timeout: PATIENCE_MS,
  })
  return out.split('\n').filter(line => line.endsWith(' missing'))
}
