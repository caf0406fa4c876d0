import {appendFile, chmod, mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {runProgram, wholeTree} from '../commands/machine.ts'
import type {Chance} from './chance.ts'

export interface Place {
  /** A worktree. */
  folder: string
  env: NodeJS.ProcessEnv
  /** For names and texts that are there once only. */
  mark: string
}

type Way = (place: Place) => Promise<void>

const ODD = ['a\nb', '-rf', '$(touch canary)', '#(touch canary)', 'ä ö', "it's", 'x;y', '%s', ' ', '\u202e.txt']

/** How work can lie about in a worktree. Each way can be gone after any other. */
const WAYS: Record<string, Way> = {
  modified: place => appendFile(path.join(place.folder, 'one.txt'), `${place.mark}\n`),
  staged: async place => {
    await writeFile(path.join(place.folder, 'two.txt'), place.mark)
    await git(place, 'add', 'two.txt')
  },
  'staged and modified again': async place => {
    await writeFile(path.join(place.folder, 'two.txt'), place.mark)
    await git(place, 'add', 'two.txt')
    await appendFile(path.join(place.folder, 'two.txt'), 'more')
  },
  untracked: place => writeFile(path.join(place.folder, `new-${place.mark}`), place.mark),
  'announced to git': async place => {
    await writeFile(path.join(place.folder, `soon-${place.mark}`), place.mark)
    await git(place, 'add', '-N', `soon-${place.mark}`)
  },
  ignored: async place => {
    await mkdir(path.join(place.folder, 'build'), {recursive: true})
    await writeFile(path.join(place.folder, 'build', `${place.mark}.log`), place.mark)
  },
  'with odd names': async place => {
    for (const name of ODD) await writeFile(path.join(place.folder, name), place.mark)
  },
  committed: async place => {
    await git(place, 'add', '--all')
    await git(place, 'commit', '-q', '--allow-empty', '-m', place.mark)
  },
  'on a detached HEAD': async place => {
    await git(place, 'checkout', '-q', '--detach')
    await git(place, 'commit', '-q', '--allow-empty', '-m', `Detached ${place.mark}`)
  },
  stashed: async place => {
    await appendFile(path.join(place.folder, 'one.txt'), `for later ${place.mark}\n`)
    // Git stashes nothing beside a file that was only announced.
    await git(place, 'reset', '-q')
    await git(place, 'stash', 'push', '-q', '-m', place.mark)
  },
  'hidden by assume-unchanged': async place => {
    await git(place, 'update-index', '--assume-unchanged', 'three.txt')
    await appendFile(path.join(place.folder, 'three.txt'), place.mark)
  },
  'hidden by skip-worktree': async place => {
    await git(place, 'update-index', '--skip-worktree', 'four.txt')
    await appendFile(path.join(place.folder, 'four.txt'), place.mark)
  },
  'in a submodule': async place => {
    const name = `sub-${place.mark}`
    await git(
      place,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      path.resolve(place.folder, '../../other'),
      name,
    )
    await writeFile(path.join(place.folder, name, 'inside'), place.mark)
  },
  'in a repository of its own': async place => {
    const folder = path.join(place.folder, `own-${place.mark}`)
    await mkdir(folder)
    await git({...place, folder}, 'init', '-q')
    await git({...place, folder}, 'commit', '-q', '--allow-empty', '-m', place.mark)
    await writeFile(path.join(folder, 'inside'), place.mark)
  },
  'behind a link, and executable': async place => {
    await symlink('/nowhere', path.join(place.folder, `link-${place.mark}`))
    await chmod(path.join(place.folder, 'one.txt'), 0o755)
  },
  'taken away': place => rm(path.join(place.folder, 'five.txt'), {force: true}),
}

/** Something of everything above, or the middle of a rebase, or git's own lock. */
export async function makeWork(place: Place, luck: Chance): Promise<string[]> {
  await cleared(place)
  const ways = luck.shuffled(Object.keys(WAYS)).slice(0, 1 + luck.number(3))
  for (const way of ways) await WAYS[way]?.(place)
  const last = luck.number(6)
  if (last === 0) await startRebase(place)
  if (last === 1) await writeFile(await gitPath(place, 'index.lock'), '')
  return [...ways, ...(last === 0 ? ['in the middle of a rebase'] : last === 1 ? ['beside a lock of git'] : [])]
}

/** So that git lets the next work come about. */
async function cleared(place: Place): Promise<void> {
  await rm(await gitPath(place, 'index.lock'), {force: true})
  await tryGit(place, 'rebase', '--abort')
  await git(place, 'reset', '-q')
}

async function startRebase(place: Place): Promise<void> {
  await git(place, 'add', '--all')
  await git(place, 'commit', '-q', '--allow-empty', '-m', 'Before the rebase')
  const conflict = async (text: string) => {
    await writeFile(path.join(place.folder, 'six.txt'), `${text} ${place.mark}\n`)
    await git(place, 'add', 'six.txt')
    await git(place, 'commit', '-q', '-m', text)
  }
  const base = (await git(place, 'rev-parse', 'HEAD')).trim()
  await conflict('Ours')
  const ours = (await git(place, 'rev-parse', 'HEAD')).trim()
  await git(place, 'checkout', '-q', '--detach', base)
  await conflict('Theirs')
  if (await tryGit(place, 'rebase', ours)) throw new Error('There was to be a conflict.')
}

async function git(place: Place, ...args: string[]): Promise<string> {
  const {code, stdout, stderr} = await runProgram('git', args, {cwd: place.folder, env: place.env})
  if (code !== 0) throw new Error(`git ${args.join(' ')} in ${place.folder}: ${stderr}`)
  return stdout
}

async function tryGit(place: Place, ...args: string[]): Promise<boolean> {
  return (await runProgram('git', args, {cwd: place.folder, env: place.env})).code === 0
}

async function gitPath(place: Place, name: string): Promise<string> {
  return path.resolve(place.folder, (await git(place, 'rev-parse', '--git-path', name)).trimEnd())
}

const OURS = /^repo\/(\.codex(\/|$)|\.git\/(codex-planner|refs\/codex-planner|logs\/refs\/codex-planner)(\/|$))/

export interface Contents {
  files: Map<string, string>
  /** What git keeps by its content; more of it is no loss. */
  objects: Set<string>
}

/** Every byte of every worktree and of git's folder, but for what is the program's own. `folder` holds `repo` and its worktrees. */
export async function contentsOf(folder: string): Promise<Contents> {
  const all = Object.entries(await wholeTree(folder)).filter(([name]) => !OURS.test(name))
  const isObject = (name: string) => /^repo\/\.git\/(objects|logs\/refs$|refs$)/.test(name)
  return {
    files: new Map(all.filter(([name]) => !isObject(name))),
    objects: new Set(all.map(([name]) => name).filter(isObject)),
  }
}

/** What is not as it was: gone, other, or new. */
export function differences(before: Contents, after: Contents): string[] {
  const names = new Set([...before.files.keys(), ...after.files.keys()])
  return [
    ...[...names].filter(name => before.files.get(name) !== after.files.get(name)),
    ...[...before.objects].filter(name => !after.objects.has(name)),
  ]
}
