import {existsSync} from 'node:fs'
import {mkdir} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {PlannerError} from '../domain/errors.ts'
import {type GitSetting, parseSettings} from '../domain/git-settings.ts'
import {pasteable} from '../domain/shell.ts'
import {repositoryBeside} from '../domain/worktree-place.ts'
import {commonFolderAround, headCommit} from './git-place.ts'
import {commandLine, processesHolding} from './process.ts'
import {repositoryAround, runProgram} from './program.ts'

/** Settings of a repository that run programs, or that hide files from us, do not count for our calls. */
const PINNED = [
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'safe.bareRepository=explicit'],
  ...['-c', 'core.quotePath=false'],
  // An index of our own leaves nothing in a Git folder.
  ...['-c', 'core.splitIndex=false'],
  // Another git that writes is waited for, by git itself.
  ...['-c', 'core.filesRefLockTimeout=10000'],
  ...['-c', 'core.packedRefsTimeout=10000'],
  '--no-optional-locks',
]

/** Variables of a caller that is itself a hook of some other repository. */
const FOREIGN =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|IMPLICIT_WORK_TREE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|NAMESPACE|PREFIX|INTERNAL_SUPER_PREFIX|CEILING_DIRECTORIES|CONFIG.*|EXTERNAL_DIFF|EDITOR|SEQUENCE_EDITOR|SSH.*|ASKPASS)$/

export interface Worktree {
  path: string
  /** Null while git still makes it. */
  head: string | null
  /** `refs/heads/…`, or null when HEAD is detached. */
  branch: string | null
  bare: boolean
  /** Git's reason, empty when none was given; null when not locked. */
  locked: string | null
}

export interface Repository {
  /** The primary worktree, links resolved. */
  root: string
  commonDir: string
}

export interface WorktreeRequest {
  /** Absolute. */
  path: string
  branch: string
  /** The commit a new branch starts at. */
  base: string
  reason: string
}

interface GitOptions {
  env?: Record<string, string>
  input?: string
  timeout?: number
  /** Exit codes that are answers. */
  accept?: readonly number[]
}

export type Git = ReturnType<typeof openGit>

/** Git as one program, looked for when it is first needed; never through a shell, never with a repository's hooks. */
export function openGit(find: () => string, env: NodeJS.ProcessEnv) {
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN.test(name)))
  const base = {...clean, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat'}

  async function call(folder: string, args: readonly string[], options: GitOptions = {}) {
    return runProgram(find(), [...PINNED, '-C', folder, ...args], {
      env: {...base, ...options.env},
      timeout: options.timeout ?? 30_000,
      ...(options.input === undefined ? {} : {input: options.input}),
    })
  }

  async function git(folder: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
    return besideOthers(() => attempt(folder, args, options))
  }

  async function attempt(folder: string, args: readonly string[], options: GitOptions): Promise<string> {
    const {exitCode, stdout, stderr} = await call(folder, args, options)
    if (exitCode === 0 || (exitCode !== undefined && options.accept?.includes(exitCode))) return stdout
    const lock = lockIn(stderr)
    if (lock !== undefined) throw await lockedBy(path.resolve(folder, lock))
    throw new PlannerError(
      'GIT_FAILED',
      `git ${args[0]} in ${folder}: ${reasonIn(stderr) || `ended with ${exitCode}`}`,
      ['codex-planner doctor'],
    )
  }

  /** Where a folder belongs; one primary worktree for every subdirectory, worktree and link. @throws PlannerError NOT_A_REPOSITORY, BARE_REPOSITORY */
  async function repository(folder: string): Promise<Repository> {
    const known = commonFolderAround(folder, clean)
    if (known !== undefined) return {root: path.dirname(known), commonDir: known}
    const {exitCode, stdout, stderr} = await call(folder, [
      'rev-parse',
      '--path-format=absolute',
      '--is-bare-repository',
      '--git-common-dir',
    ])
    if (exitCode !== 0) {
      const text = stderr.trim().split('\n')[0] ?? ''
      if (text.includes('dubious ownership')) {
        const told = `${folder} belongs to another user, so git does not open it; git says what to do when you trust it.`
        throw new PlannerError('NOT_A_REPOSITORY', told, [pasteable(['git', '-C', folder, 'status'])])
      }
      const [, lost] = /^fatal: not a git repository: (\/.+)\/\.git\/worktrees\/[^/]+$/.exec(text) ?? []
      if (lost !== undefined) throw withoutRepository(folder, lost)
      const bareFolder = await bareAround(folder)
      if (bareFolder !== undefined) throw bareRepository(bareFolder)
      throw new PlannerError('NOT_A_REPOSITORY', `${folder} is not inside a Git repository.`, ['git init'])
    }
    const [bare = '', ...rest] = stdout.split('\n')
    const commonDir = rest.join('\n').replace(/\n$/, '')
    if (bare === 'true' || (await own(commonDir, ['--type=bool', '--get', 'core.bare'])) === 'true')
      throw bareRepository(commonDir)
    const root = await primaryWorktree(folder, commonDir)
    if (root !== undefined) return {root, commonDir}
    throw new PlannerError(
      'NOT_A_REPOSITORY',
      `${folder} is a worktree of ${commonDir}, and git does not tell from here where the first one is.`,
    )
  }

  /** Where `git worktree list` would name the Git folder itself, as in a submodule, its settings or the folder asked for tell. */
  async function primaryWorktree(folder: string, commonDir: string): Promise<string | undefined> {
    if (path.basename(commonDir) === '.git') return path.dirname(commonDir)
    const configured = await own(commonDir, ['--get', 'core.worktree'])
    if (configured !== undefined) return path.resolve(commonDir, configured)
    const gitDir = withoutLineEnd(await git(folder, ['rev-parse', '--absolute-git-dir']))
    return gitDir === commonDir ? withoutLineEnd(await git(folder, ['rev-parse', '--show-toplevel'])) : undefined
  }

  /** A setting in the repository's own files; git moves some of them to the second. */
  async function own(commonDir: string, query: readonly string[]): Promise<string | undefined> {
    for (const file of ['config', 'config.worktree']
      .map(name => path.join(commonDir, name))
      .filter(file => existsSync(file))) {
      const {exitCode, stdout} = await call(commonDir, ['config', '--file', file, ...query])
      if (exitCode === 0) return withoutLineEnd(stdout)
    }
    return undefined
  }

  /** The bare repository that a folder belongs to; our other calls do not enter one. */
  async function bareAround(folder: string): Promise<string | undefined> {
    const look = ['-c', 'safe.bareRepository=all', 'rev-parse']
    const {exitCode, stdout} = await call(folder, [...look, '--is-bare-repository'])
    if (exitCode !== 0 || stdout.trim() !== 'true') return undefined
    return withoutLineEnd(await git(folder, [...look, '--absolute-git-dir']))
  }

  async function worktrees(folder: string): Promise<Worktree[]> {
    return parseWorktrees(await git(folder, ['worktree', 'list', '--porcelain', '-z']))
  }

  /** The commit a name means; null when there is none. Only the id is passed on. */
  async function commit(folder: string, name: string): Promise<string | null> {
    const {exitCode, stdout} = await call(folder, [
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${name}^{commit}`,
    ])
    return exitCode === 0 ? stdout.trim() : null
  }

  /** The commit that the primary worktree stands on; null before the first. */
  async function head(root: string): Promise<string | null> {
    const known = commonFolderAround(root, clean)
    return (known === path.join(root, '.git') && headCommit(known)) || commit(root, 'HEAD')
  }

  /** @throws PlannerError GIT_FAILED */
  async function addWorktree(root: string, request: WorktreeRequest): Promise<void> {
    await mkdir(path.dirname(request.path), {recursive: true})
    const add = (...what: string[]) =>
      attempt(root, ['worktree', 'add', '--lock', '--reason', request.reason, ...what], {timeout: 300_000})
    await besideOthers(async () => {
      try {
        await add('--no-track', '-b', request.branch, request.path, request.base)
      } catch (error) {
        // It may have been there; and what failed may have made it.
        if ((await commit(root, `refs/heads/${request.branch}`)) === null) throw error
        await add(request.path, request.branch)
      }
    })
  }

  /** Whether git, asked in that folder, finds itself in this repository and at the top: the folder of a worktree can be another's by now. */
  async function isWorktree(folder: string, commonDir: string): Promise<boolean> {
    const {exitCode, stdout} = await call(folder, [
      'rev-parse',
      '--path-format=absolute',
      '--show-prefix',
      '--git-common-dir',
    ])
    return exitCode === 0 && withoutLineEnd(stdout) === `\n${commonDir}`
  }

  /** Whether git came to the end of making it: the index is the last thing it writes. */
  async function isComplete(worktree: string): Promise<boolean> {
    return existsSync(path.join(await gitDir(worktree), 'index'))
  }

  async function isAncestor(folder: string, ancestor: string, descendant: string): Promise<boolean> {
    const {exitCode} = await call(folder, ['merge-base', '--is-ancestor', ancestor, descendant])
    return exitCode === 0
  }

  /** Paths that differ from HEAD, untracked ones too, relative to the worktree. */
  async function uncommitted(worktree: string): Promise<string[]> {
    return parseStatus(
      await git(worktree, ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignore-submodules=none']),
    )
  }

  /** What stands in the repository's own configuration, without what it includes. */
  async function settings(commonDir: string): Promise<GitSetting[]> {
    const files = ['config', 'config.worktree'].map(name => path.join(commonDir, name)).filter(file => existsSync(file))
    const texts = await Promise.all(files.map(file => git(commonDir, ['config', '--file', file, '--list', '-z'])))
    return texts.flatMap(parseSettings)
  }

  /** Paths that git tracks below the given ones. */
  async function tracked(root: string, paths: readonly string[]): Promise<string[]> {
    const out = await git(root, ['ls-files', '-z', '--', ...paths.map(name => `:(top,literal)${name}`)])
    return out.split('\0').filter(name => name !== '')
  }

  /** Paths that git is told not to look at: `sparse` may be missing, the others are taken for unchanged. */
  async function flagged(worktree: string): Promise<{path: string; sparse: boolean}[]> {
    const out = await git(worktree, ['ls-files', '-v', '-z'], {timeout: 120_000})
    return out
      .split('\0')
      .filter(line => /^[a-zS] /.test(line))
      .map(line => ({path: line.slice(2), sparse: /^[sS]/.test(line)}))
  }

  /** What git ignores; a folder of which it ignores all is one entry and ends with `/`. */
  async function ignored(worktree: string): Promise<string[]> {
    const what = ['--others', '--ignored', '--exclude-standard', '--directory', '--no-empty-directory']
    const out = await git(worktree, ['ls-files', '-z', ...what], {timeout: 120_000})
    return out.split('\0').filter(name => name !== '')
  }

  /** What ids are made with: `sha1` or `sha256`. */
  async function objectFormat(folder: string): Promise<string> {
    return (await git(folder, ['rev-parse', '--show-object-format'])).trim()
  }

  async function topOf(folder: string): Promise<string> {
    return withoutLineEnd(await git(folder, ['rev-parse', '--show-toplevel']))
  }

  /** The Git folder of one worktree. */
  async function gitDir(worktree: string): Promise<string> {
    return (await git(worktree, ['rev-parse', '--absolute-git-dir'])).replace(/\n$/, '')
  }

  async function version(): Promise<string> {
    return (await runProgram(find(), ['--version'], {env: base})).stdout.trim()
  }

  return {
    repository,
    worktrees,
    commit,
    head,
    addWorktree,
    isWorktree,
    isComplete,
    isAncestor,
    uncommitted,
    settings,
    tracked,
    flagged,
    ignored,
    topOf,
    objectFormat,
    /** Any other call, in a folder. */
    run: git,
    gitDir,
    version,
  }
}

/** In a worktree whose repository was moved. */
function withoutRepository(folder: string, lost: string): PlannerError {
  const text = `${folder} is in a worktree of ${lost}, which is not there any more. Its files are as they were.`
  const top = repositoryAround(folder) ?? folder
  const beside = repositoryBeside(path.dirname(top))
  const look = beside !== undefined && existsSync(path.join(beside, '.git')) ? ['--repo-path', beside] : ['--help']
  return new PlannerError('NOT_A_REPOSITORY', text, [pasteable(['codex-planner', 'doctor', ...look])])
}

/** Git reads what it has of every worktree, also of one that another git makes at this moment, and gives up where a file is still empty. */
async function besideOthers<Value>(work: () => Promise<Value>): Promise<Value> {
  for (let wait = 20; ; wait *= 2) {
    try {
      return await work()
    } catch (error) {
      const early = error instanceof PlannerError && /failed to read [^\n]*\/commondir/.test(error.message)
      if (!early || wait > 5000) throw error
      await delay(wait)
    }
  }
}

function bareRepository(folder: string): PlannerError {
  return new PlannerError('BARE_REPOSITORY', `${folder} is a bare repository: it has no files to work on.`, [
    pasteable(['git', 'clone', folder]),
  ])
}

/** The lock file of git's that was in its way. */
function lockIn(stderr: string): string | undefined {
  const [, created, config] =
    /Unable to create '([^\n]+\.lock)': File exists|could not lock config file ([^\n]+): File exists/.exec(stderr) ?? []
  return created ?? (config === undefined ? undefined : `${config}.lock`)
}

/** Names who has it open, if anybody does: a lock is git's, and only a person may know that nobody needs it any more. */
async function lockedBy(lock: string): Promise<PlannerError> {
  const [pid] = await processesHolding(lock)
  if (pid !== undefined) {
    const text = `Git cannot go on: ${lock} is held by process ${pid} (${commandLine(pid).slice(0, 60)}). Try again when that has ended.`
    return new PlannerError('GIT_FAILED', text, [pasteable(['ps', '-fp', String(pid)])])
  }
  const text = `Git cannot go on: ${lock} is in its way, and no process that can be seen has it open. A git that was killed leaves such a file; it is yours to remove when no other git works there.`
  return new PlannerError('GIT_FAILED', text, [pasteable(['ls', '-l', lock])])
}

/** Git's last words: what is fatal, with what it says about it, else the last line. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return lines.slice(lines.findLastIndex(line => line.startsWith('fatal: '))).join(' ')
}

function withoutLineEnd(text: string): string {
  return text.replace(/\n$/, '')
}

/** `git worktree list --porcelain -z`: a path may hold a line feed, so lines end with NUL. */
export function parseWorktrees(text: string): Worktree[] {
  return text
    .split('\0\0')
    .filter(block => block !== '')
    .map(block => {
      const lines = new Map<string, string>()
      for (const line of block.split('\0')) {
        const space = line.indexOf(' ')
        lines.set(space < 0 ? line : line.slice(0, space), space < 0 ? '' : line.slice(space + 1))
      }
      const head = lines.get('HEAD')
      return {
        path: lines.get('worktree') ?? '',
        head: head === undefined || /^0+$/.test(head) ? null : head,
        branch: lines.get('branch') ?? null,
        bare: lines.has('bare'),
        locked: lines.get('locked') ?? null,
      }
    })
}

/** `git status --porcelain=v2 -z`: the path is the last field, and a rename has its old path as a record of its own. */
export function parseStatus(text: string): string[] {
  const records = text.split('\0')
  const paths: string[] = []
  for (let index = 0; index < records.length; index++) {
    const record = records[index] ?? ''
    const kind = record[0]
    if (kind === '?') paths.push(record.slice(2))
    if (kind === '1' || kind === 'u')
      paths.push(
        record
          .split(' ')
          .slice(kind === '1' ? 8 : 10)
          .join(' '),
      )
    if (kind === '2') {
      paths.push(record.split(' ').slice(9).join(' '))
      index += 1
    }
  }
  return paths
}
