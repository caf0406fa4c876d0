import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rename, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Project} from '../../src/services/project.ts'
import {listSnapshots} from '../../src/services/snapshot-list.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {aProject, aWorktree, clean, contents, ENDED, trashed} from './clean-world.ts'

const script = path.join(import.meta.dirname, 'processes/clean-until.ts')

describe('a cleaning up that is disturbed', () => {
  let machine: Machine
  let project: Project
  let worktree: string

  before(async () => {
    machine = await makeMachine()
  })
  beforeEach(async () => {
    project = await aProject(machine)
    worktree = await aWorktree(project)
    await writeFile(path.join(worktree, 'new'), 'x')
  })
  after(() => machine.close())

  /** What a process of its own prints that cleans up; nothing when it was killed. */
  const inAProcess = (last?: string) =>
    new Promise<string>(resolve => {
      const argv = [script, project.root, ...(last === undefined ? [] : [last])]
      execFile(process.execPath, argv, {env: machine.env}, (_, stdout) => resolve(stdout))
    })

  const listed = async () => (await project.git.worktrees(project.root)).map(({path: folder}) => folder)

  /** All of it stands in the trash, once, and git knows it no more. */
  async function isMoved(before: Map<string, string>): Promise<void> {
    expect(await listed()).to.deep.equal([project.root])
    expect(existsSync(worktree)).to.equal(false)
    const entries = await trashed(project)
    expect(entries).to.have.lengthOf(1)
    expect(await contents(path.join(entries[0] ?? '', 'worktree'))).to.deep.equal(before)
    expect(await readdir(project.paths.trashedGit)).to.deep.equal(entries.map(entry => path.basename(entry)))
  }

  it('was killed when the worktree had moved: the next one tells, and finishes it (I2)', async () => {
    const before = await contents(worktree)
    expect(await inAProcess('/worktree$')).to.equal('')
    expect(existsSync(worktree)).to.equal(false)
    expect(await listed()).to.deep.equal([project.root, worktree])
    const told = await clean(project, false)
    expect(told.removable.map(({path: folder, why}) => [folder, why])).to.deep.equal([
      [worktree, 'Its move to the trash was cut short; --apply finishes it.'],
    ])
    expect(told.kept).to.deep.equal([])
    await machine.git(project.root, 'worktree', 'prune', '--expire=now')
    expect((await clean(project)).removed.map(place => place.path)).to.deep.equal([worktree])
    await isMoved(before)
  })

  it('was killed when all had moved: nothing is left to do', async () => {
    const before = await contents(worktree)
    expect(await inAProcess('/codex-planner/trash/')).to.equal('')
    expect(await clean(project)).to.deep.include({kept: [], removed: [], removable: [], trash: 1})
    await isMoved(before)
  })

  it('was killed when only the note stood: the next one begins anew', async () => {
    const before = await contents(worktree)
    await clean(project)
    const [entry = ''] = await trashed(project)
    const name = path.basename(entry)
    const gitFolder = path.join(project.commonDir, 'worktrees/task-001')
    await rename(path.join(project.paths.trashedGit, name), gitFolder)
    await rename(path.join(entry, 'worktree'), worktree)
    await writeFile(path.join(entry, '.tmp-note.json-0123'), '')
    expect((await clean(project, false)).removable.map(place => place.path)).to.deep.equal([worktree])
    expect((await clean(project)).removed.map(place => place.path)).to.deep.equal([worktree])
    await isMoved(before)
  })

  it('goes on side by side with another, and moves each worktree once', async () => {
    const before = await contents(worktree)
    const moved = (await Promise.all([inAProcess(), inAProcess(), inAProcess()])).map(
      text => JSON.parse(text) as string[],
    )
    expect(moved.flat()).to.deep.equal([worktree])
    await isMoved(before)
  })

  /** Does something in the moment in which the snapshot stands and the lock is still free. */
  function meanwhile(happens: () => Promise<unknown>): Project {
    const change: Project['board']['change'] = async (decide, alongside) => {
      await happens()
      return project.board.change(decide, alongside)
    }
    return {...project, board: {...project.board, change}}
  }

  const MEANWHILE: [what: string, happens: () => Promise<unknown>, says: RegExp][] = [
    ['a file is changed', () => writeFile(path.join(worktree, 'new'), 'y'), /changed in it just now/],
    ['a file comes', () => writeFile(path.join(worktree, 'newer'), 'y'), /changed in it just now/],
    ['a file goes', () => rm(path.join(worktree, 'new')), /changed in it just now/],
    ['something is staged', () => machine.git(worktree, 'add', 'new'), /changed in it just now/],
    [
      'a commit is made',
      () => machine.git(worktree, 'commit', '-q', '--allow-empty', '-m', 'x'),
      /changed in it just now/,
    ],
    [
      'a worker starts there',
      () =>
        putOnBoard(project.root, {
          sessions: [{name: 'worker-task-001', worktree, status: 'starting', run: 'worker-task-001-2'}],
        }),
      /^worker-task-001 is starting\.$/,
    ],
    [
      'a rebase begins',
      async () => mkdir(path.join(await project.git.gitDir(worktree), 'rebase-merge')),
      /has a rebase/,
    ],
  ]
  for (const [what, happens, says] of MEANWHILE) {
    it(`keeps the worktree when ${what} between the snapshot and the move`, async () => {
      const {kept, removed} = await clean(meanwhile(happens))
      expect(removed).to.deep.equal([])
      expect(kept[0]?.why).to.match(says)
      expect(await listed()).to.deep.equal([project.root, worktree])
      expect(await trashed(project)).to.deep.equal([])
    })
  }

  const UNKEPT: [what: string, run: (out: string, args: readonly string[]) => string, says: RegExp][] = [
    [
      'lacks a file',
      (out, [first]) => (first === 'ls-tree' ? out.replace(/[^\0]*\tnew\0/, '') : out),
      /^new is not in its snapshot as it stands there\.$/,
    ],
    [
      'has another content',
      (out, [first]) => (first === 'ls-tree' ? out.replace(/[0-9a-f]{40}\tnew/, `${'0'.repeat(40)}\tnew`) : out),
      /^new is not in its snapshot as it stands there\.$/,
    ],
    [
      'has another mode',
      (out, [first]) => (first === 'ls-tree' ? out.replace(/100644( blob [0-9a-f]{40}\tnew)/, '100755$1') : out),
      /^new is not in its snapshot as it stands there\.$/,
    ],
    [
      'is not whole on the disk',
      (out, [first]) => (first === 'cat-file' ? `${'0'.repeat(40)} missing\n` : out),
      /^The repository lacks what its snapshot should hold\.$/,
    ],
  ]
  for (const [what, spoilt, says] of UNKEPT) {
    it(`keeps the worktree when the snapshot ${what}`, async () => {
      const run: Project['git']['run'] = async (folder, args, options) =>
        spoilt(await project.git.run(folder, args, options), args)
      const {kept, removed} = await clean({...project, git: {...project.git, run}})
      expect(removed).to.deep.equal([])
      expect(kept[0]?.why).to.match(says)
      expect(existsSync(worktree)).to.equal(true)
    })
  }

  it('keeps the worktree when no snapshot can be made', async () => {
    await machine.git(project.root, 'update-ref', 'refs/codex-planner/snapshots/worker-task-001', 'HEAD')
    const {kept, removed} = await clean(project)
    expect(removed).to.deep.equal([])
    expect(kept[0]?.why).to.match(/^It could not be moved safely: git update-ref/)
    expect(existsSync(worktree)).to.equal(true)
  })

  it('follows no link in the place of the trash', async () => {
    const elsewhere = path.join(machine.folder, `elsewhere-${path.basename(project.root)}`)
    await mkdir(elsewhere)
    await symlink(elsewhere, path.join(`${project.root}-worktrees`, '.trash'))
    const refused = await clean(project).catch((error: Error) => error.message)
    expect(refused).to.match(/\.trash is a symbolic link, not a real folder\.$/)
    expect(existsSync(worktree)).to.equal(true)
    expect(await readdir(elsewhere)).to.deep.equal([])
  })

  it('believes no note alone: what git keeps of another worktree stays', async () => {
    const other = await aWorktree(project, {task: {status: 'in_progress'}})
    await inAProcess('/worktree$')
    const [entry = ''] = await trashed(project)
    const file = path.join(entry, 'note.json')
    const note = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    await writeFile(file, JSON.stringify({...note, git_folder: path.join(project.commonDir, 'worktrees/task-002')}))
    const {removed, kept} = await clean(project)
    expect(removed).to.deep.equal([])
    expect(kept.map(place => place.path)).to.include(path.join(entry, 'worktree'))
    expect(await listed()).to.include(other)
    await writeFile(file, '{"git_folder": 1}')
    expect((await clean(project)).kept.map(place => place.path)).to.include(entry)
  })

  describe('and the trash', () => {
    /** The same project, that many days later. */
    const later = (days: number): Project => ({
      ...project,
      host: {...project.host, now: () => new Date(Date.now() + days * 86_400_000).toISOString()},
    })
    let entry: string

    beforeEach(async () => {
      await clean(project)
      entry = (await trashed(project))[0] ?? ''
    })

    it('is emptied of what is older than 14 days, when it is told to, and the snapshot stays', async () => {
      expect((await clean(later(15), true)).emptied).to.deep.equal([])
      const young = await clean(later(13.9), false, true)
      expect(young.emptied).to.deep.equal([])
      expect(young.kept[0]?.why).to.match(
        /^It is in the trash since \d{4}-\d\d-\d\d; what is older than 14 days is removed\.$/,
      )
      const old = await clean(later(14.1), false, true)
      expect(old.emptied.map(place => place.path)).to.deep.equal([path.join(entry, 'worktree')])
      expect(old.trash).to.equal(0)
      expect(await trashed(project)).to.deep.equal([])
      expect(await readdir(project.paths.trashedGit)).to.deep.equal([])
      const [snapshot] = (await listSnapshots(project, {maxBytes: null})).snapshots
      expect(await machine.git(project.root, 'show', `${snapshot?.commit}:new`)).to.equal('x')
    })

    const STAYS: [what: string, spoil: () => Promise<unknown>, says: RegExp][] = [
      [
        'a file in it was changed',
        () => writeFile(path.join(entry, 'worktree/new'), 'y'),
        /^new is not in its snapshot/,
      ],
      [
        'a file came into it',
        () => writeFile(path.join(entry, 'worktree/newer'), 'y'),
        /^newer is not in its snapshot/,
      ],
      [
        'its snapshot is gone',
        async () => {
          const [snapshot] = (await listSnapshots(project, {maxBytes: null})).snapshots
          await machine.git(project.root, 'update-ref', '-d', `refs/codex-planner/snapshots/${snapshot?.id}`)
        },
        /^Its snapshot worker-task-001\/\S+ is gone\.$/,
      ],
      ['it was taken out by hand', () => rename(path.join(entry, 'worktree'), worktree), /^Somebody moved it back to /],
      [
        'it is a link now',
        async () => {
          await rename(path.join(entry, 'worktree'), path.join(entry, 'aside'))
          await symlink(machine.home, path.join(entry, 'worktree'))
        },
        /^It is no real folder\.$/,
      ],
    ]
    for (const [what, spoil, says] of STAYS) {
      it(`is not emptied of a worktree when ${what}`, async () => {
        await spoil()
        const {emptied, kept} = await clean(later(15), false, true)
        expect(emptied).to.deep.equal([])
        expect(kept.map(({why}) => says.test(why) || why)).to.deep.equal([true])
        expect(await readdir(project.paths.trashedGit)).to.have.lengthOf(1)
      })
    }

    it('goes on being emptied after a kill', async () => {
      await rm(path.join(entry, 'worktree'), {recursive: true})
      expect((await clean(later(15), false, true)).emptied).to.have.lengthOf(1)
      expect(await trashed(project)).to.deep.equal([])
    })
  })

  it('leaves a second start of the same name alone', async () => {
    await putOnBoard(project.root, {
      sessions: [{name: 'worker-task-001', worktree, ...ENDED, run: 'worker-task-001-2', status: 'lost', exit: null}],
    })
    expect((await clean(project)).kept[0]?.why).to.equal('Whether a process of worker-task-001 runs is unknown.')
  })
})
