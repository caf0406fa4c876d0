import {type BigIntStats, lstatSync, readFileSync, realpathSync} from 'node:fs'
import path from 'node:path'

import {isNodeError} from './node-error.ts'

/** Variables of git that change nothing of where a repository is. */
const HARMLESS =
  /^GIT_(?:PAGER|EDITOR|SEQUENCE_EDITOR|ASKPASS|TERMINAL_PROMPT|OPTIONAL_LOCKS|(?:AUTHOR|COMMITTER|SSL|SSH|HTTP|PROXY|LFS|PS1)(?:_.*)?)$/
/** A line of a configuration file that can be read in one way only. */
const PLAIN_LINE = /^\s*(?:\[[\w.-]+(?: "[^"\\]*")?\]|[a-z][a-z\d-]*\s*=[^"\\;#]*|[#;].*)?\s*$/i
/** What may say that the repository is elsewhere, is none with files, or is of a kind that an older git does not open. */
const TELLING =
  /^\s*(?:\[(?:include|extensions)|worktree|(?:bare\s*=(?!\s*false\s*$))|repositoryformatversion\s*=(?!\s*0\s*$))/im
const HEAD = /^(?:ref: refs\/heads\/\S+|[\da-f]{40})\n$/

/**
 * What git would say of the repository around a folder, its links resolved: where its common folder is. Undefined wherever git might say
 * anything else, or might refuse, so that it must be asked: another owner, settings that move it, a bare one, a submodule, a link.
 */
export function commonFolderAround(folder: string, env: NodeJS.ProcessEnv): string | undefined {
  if (Object.keys(env).some(name => name.startsWith('GIT_') && !HARMLESS.test(name))) return undefined
  if (look(folder)?.isDirectory() !== true || realpathSync(folder) !== folder) return undefined
  const device = look(folder)?.dev
  for (let at = folder; ; at = path.dirname(at)) {
    const here = look(at)
    // Git stays on one file system.
    if (here === undefined || here.dev !== device) return undefined
    const dotGit = path.join(at, '.git')
    const found = look(dotGit)
    if (found !== undefined) return isOwn(here) && isOwn(found) ? commonFolder(dotGit, found) : undefined
    // It may be a Git folder itself.
    if (look(path.join(at, 'HEAD')) !== undefined || at === path.dirname(at)) return undefined
  }
}

function commonFolder(dotGit: string, found: BigIntStats): string | undefined {
  if (found.isDirectory()) return isPlain(dotGit, dotGit) ? dotGit : undefined
  const [, gitFolder = ''] = /^gitdir: (\/.+)\n$/.exec(found.isFile() ? text(dotGit) : '') ?? []
  const [, common] = /^(\/.+\/\.git)\/worktrees\/[^/]+$/.exec(gitFolder) ?? []
  if (common === undefined || text(path.join(gitFolder, 'commondir')) !== '../..\n') return undefined
  return isPlain(gitFolder, common) ? common : undefined
}

/** Whether it is the person's own Git folder, as git makes them, and nothing in its settings says more. */
function isPlain(gitFolder: string, common: string): boolean {
  const folders = [gitFolder, common, path.join(common, 'objects'), path.join(common, 'refs')]
  if (!folders.map(look).every(is => is?.isDirectory() && isOwn(is))) return false
  if (realpathSync(gitFolder) !== gitFolder || look(path.join(common, 'config.worktree')) !== undefined) return false
  if (look(path.join(common, 'commondir')) !== undefined) return false
  const config = text(path.join(common, 'config'))
  return HEAD.test(text(path.join(gitFolder, 'HEAD'))) && !TELLING.test(config) && config.split('\n').every(isPlainLine)
}

function isPlainLine(line: string): boolean {
  return PLAIN_LINE.test(line)
}

function isOwn({uid}: BigIntStats): boolean {
  return uid === BigInt(process.geteuid?.() ?? -1)
}

function look(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, {bigint: true, throwIfNoEntry: false})
  } catch (error) {
    if (isNodeError(error)) return undefined
    throw error
  }
}

/** The commit that HEAD of such a repository names; undefined where it has none, or where only git can say it. */
export function headCommit(commonDir: string): string | undefined {
  const [, branch, detached] =
    /^(?:ref: (refs\/heads\/\S+)|([\da-f]{40}))\n$/.exec(text(path.join(commonDir, 'HEAD'))) ?? []
  if (branch === undefined || branch.split('/').includes('..')) return detached
  return /^([\da-f]{40})\n$/.exec(text(path.join(commonDir, branch)))?.[1]
}

/** Empty when it cannot be read. */
function text(file: string): string {
  try {
    return look(file)?.isFile() === true ? readFileSync(file, 'utf8') : ''
  } catch (error) {
    if (isNodeError(error)) return ''
    throw error
  }
}
