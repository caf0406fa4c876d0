import {mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Project} from '../../src/services/project.ts'
import {restoreSnapshot} from '../../src/services/restore.ts'
import {listSnapshots} from '../../src/services/snapshot-list.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {aProject, aWorktree, clean, contents, trashed} from './clean-world.ts'

/** More of them, or others: CLEAN_CASES=2000 CLEAN_SEED=7 npx mocha test/services/clean-random.test.ts */
const CASES = Number(process.env.CLEAN_CASES ?? 60)
const SEED = Number(process.env.CLEAN_SEED ?? 1)
const IN_A_REPOSITORY = 10

type Draw = (below: number) => number

/** The same numbers for the same seed (mulberry32). */
function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const NAMES = [
  'a',
  'b c',
  'naïve',
  '-dash',
  '"q"',
  'back\\slash',
  'new\nline',
  '\u001b[31m',
  'deep/er/x',
  'A',
  'x.sh',
  ':(top)',
  '日本',
]

describe('cleaning up worktrees in any state', () => {
  let machine: Machine

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  const git = (folder: string, ...args: string[]) => machine.git(folder, ...args)

  async function write(worktree: string, name: string, text: string | Buffer): Promise<void> {
    const file = path.join(worktree, name)
    await mkdir(path.dirname(file), {recursive: true})
    await rm(file, {recursive: true, force: true})
    await writeFile(file, text, {mode: name.endsWith('.sh') ? 0o755 : 0o644})
  }

  /** What can be done to a worktree; one that git refuses at that moment does nothing. */
  const DEEDS: ((worktree: string, name: string, draw: Draw) => Promise<unknown>)[] = [
    (w, name, draw) => write(w, name, `${draw(1000)}\r\n`),
    (w, name, draw) => write(w, name, Buffer.from([0, 255, draw(256), 13, 10])),
    async (w, name, draw) => {
      await write(w, name, `staged ${draw(1000)}`)
      await git(w, 'add', '--', `./${name}`)
      await write(w, name, `later ${draw(1000)}`)
    },
    async (w, name, draw) => {
      await write(w, name, `committed ${draw(1000)}`)
      await git(w, 'add', '--all')
      await git(w, 'commit', '-q', '-m', name)
    },
    async (w, name) => {
      await rm(path.join(w, name), {recursive: true, force: true})
      await symlink('../nowhere', path.join(w, name))
    },
    (w, name) => rm(path.join(w, name), {recursive: true, force: true}),
    async (w, name) => {
      await write(w, '.gitignore', `/ignored\n/${name.split('/')[0]?.replaceAll(/[\n\\]/g, '?')}\n`)
      await write(w, 'ignored/file', name)
    },
    (w, name) => write(w, '.gitattributes', `* text eol=crlf ident\n# ${name.replaceAll('\n', ' ')}\n`),
    w => git(w, 'checkout', '-q', '--detach'),
    w => git(w, 'stash', '-q', '--include-untracked'),
    w => git(w, 'commit', '-q', '--amend', '--allow-empty', '-m', 'amended'),
    w => git(w, 'reset', '-q', '--hard', 'HEAD~1'),
  ]
  /** What keeps a worktree; rarer than the others. */
  const STOPS: typeof DEEDS = [
    async (w, name) => {
      await write(w, 'flagged', 'x')
      await git(w, 'add', 'flagged')
      await git(w, 'update-index', '--assume-unchanged', 'flagged')
      await write(w, 'flagged', name)
    },
    w => git(w, 'init', '-q', 'nested'),
    w => git(w, 'bisect', 'start'),
    w => write(w, 'ignored/large', Buffer.alloc(11 * 1024 * 1024)),
    w => git(w, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `${w}/.`, 'sub'),
  ]

  async function spoil(worktree: string, draw: Draw): Promise<void> {
    const deeds = Array.from({length: 2 + draw(6)}, () => DEEDS[draw(DEEDS.length)])
    if (draw(4) === 0) deeds.push(STOPS[draw(STOPS.length)])
    for (const deed of deeds) {
      try {
        await deed?.(worktree, NAMES[draw(NAMES.length)] ?? 'a', draw)
      } catch (error) {
        // Git says no, or a file is where a folder would have to be.
        if (!(error instanceof Error && /^git |EEXIST|ENOTDIR|EISDIR|ENOENT/.test(error.message))) throw error
      }
    }
  }

  /** Every commit and every file that git can name from here: what was reachable stays so. */
  const commits = async (worktree: string) =>
    (await git(worktree, 'rev-list', '--walk-reflogs', 'HEAD')).split('\n').filter(id => id !== '')

  async function stagedBlobs(worktree: string): Promise<string[]> {
    const out = await git(worktree, 'ls-files', '--stage', '-z')
    return out
      .split('\0')
      .flatMap(line => (line.startsWith('1') && !line.startsWith('160000') ? (line.split(' ')[1] ?? []) : []))
  }

  async function reachable(project: Project): Promise<Set<string>> {
    const out = await git(project.root, 'rev-list', '--objects', '--no-object-names', '--all')
    return new Set(out.split('\n'))
  }

  let moved = 0
  after(() => {
    // Else nothing was shown.
    expect(moved).to.be.greaterThan(CASES / 4)
  })

  for (let first = 0; first < CASES; first += IN_A_REPOSITORY) {
    const count = Math.min(IN_A_REPOSITORY, CASES - first)
    it(`loses no byte of ${count} of them, from case ${first} of seed ${SEED} on (I1)`, async () => {
      const project = await aProject(machine)
      const before = new Map<string, {files: Map<string, string>; commits: string[]; staged: string[]}>()
      for (let at = first; at < first + count; at += 1) {
        const worktree = await aWorktree(project)
        await spoil(worktree, drawFrom(SEED * 100_000 + at))
        const files = await contents(worktree)
        before.set(worktree, {files, commits: await commits(worktree), staged: await stagedBlobs(worktree)})
      }
      const {kept, removed} = await clean(project)
      moved += removed.length
      expect([...kept, ...removed].map(place => place.path).toSorted()).to.deep.equal([...before.keys()].toSorted())
      for (const {path: folder} of kept) expect(await contents(folder)).to.deep.equal(before.get(folder)?.files)

      const entries = await trashed(project)
      expect(entries).to.have.lengthOf(removed.length)
      const held = await reachable(project)
      const {snapshots} = await listSnapshots(project, {maxBytes: null})
      for (const {path: folder, task_id: id} of removed) {
        const was = before.get(folder)
        const entry = entries.find(name => path.basename(name).startsWith(`${path.basename(folder)}-2`)) ?? ''
        expect(await contents(path.join(entry, 'worktree'))).to.deep.equal(was?.files)
        const snapshot = snapshots.find(({task_id: task, reason}) => task === id && reason === 'clean')
        const to = path.join(machine.folder, `restored-${path.basename(project.root)}-${id}`)
        await restoreSnapshot(project, snapshot?.id ?? '', to)
        expect(await contents(to)).to.deep.equal(was?.files)
        expect([...(was?.commits ?? []), ...(was?.staged ?? [])].filter(object => !held.has(object))).to.deep.equal([])
      }
    })
  }
})
