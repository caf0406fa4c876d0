import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import type {Project} from '../../src/services/project.ts'
import {listSnapshots} from '../../src/services/snapshot-list.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {aProject, aWorktree, clean, contents, trashed} from './clean-world.ts'

describe('cleaning up', () => {
  let machine: Machine
  let project: Project

  before(async () => {
    machine = await makeMachine()
  })
  beforeEach(async () => {
    project = await aProject(machine)
  })
  after(() => machine.close())

  const git = (folder: string, ...args: string[]) => machine.git(folder, ...args)

  it('only tells what can go, until it is told to do it', async () => {
    const worktree = await aWorktree(project)
    await writeFile(path.join(worktree, 'new'), 'x')
    const place = {path: worktree, task_id: 'TASK-001', branch: 'codex/task-001'}
    const why = 'TASK-001 is done, nothing runs in it, and 1 path(s) that are not committed go into a snapshot.'
    expect(await clean(project, false)).to.deep.equal({
      kept: [],
      removable: [{...place, why}],
      removed: [],
      emptied: [],
      trash: 0,
    })
    expect(existsSync(path.join(worktree, 'new'))).to.equal(true)
    expect((await listSnapshots(project, {maxBytes: null})).snapshots).to.deep.equal([])
  })

  it('moves a worktree to the trash, all of it in a snapshot, and git forgets that one alone (I1)', async () => {
    const [one, other] = [await aWorktree(project), await aWorktree(project, {task: {status: 'in_progress'}})]
    await writeFile(path.join(one, '.gitignore'), 'ignored\n')
    for (const name of ['ignored', 'staged', 'a\nb']) await writeFile(path.join(one, name), `${name}\r\n`)
    await git(one, 'add', 'staged')
    const before = await contents(one)
    const {removed, kept, trash} = await clean(project)
    expect(removed.map(place => place.path)).to.deep.equal([one])
    expect(kept.map(place => place.path)).to.deep.equal([other])
    expect(trash).to.equal(1)
    expect(existsSync(one)).to.equal(false)
    expect((await project.git.worktrees(project.root)).map(worktree => worktree.path)).to.deep.equal([
      project.root,
      other,
    ])
    const [entry = ''] = await trashed(project)
    expect(await contents(path.join(entry, 'worktree'))).to.deep.equal(before)
    const [snapshot] = (await listSnapshots(project, {maxBytes: null})).snapshots
    expect(snapshot).to.include({reason: 'clean', task_id: 'TASK-001', paths: 3, ignored: 1})
    expect(await git(project.root, 'show', `${snapshot?.commit}:a\nb`)).to.equal('a\nb\r\n')
    expect(await project.git.commit(project.root, 'codex/task-001')).not.to.equal(null)
    expect((await clean(project)).removed).to.deep.equal([])
  })

  it('leaves a note with the way back, and that way leads back', async () => {
    const worktree = await aWorktree(project)
    await writeFile(path.join(worktree, 'staged'), 'x')
    await git(worktree, 'add', 'staged')
    await clean(project)
    const [entry = ''] = await trashed(project)
    const {way_back: back} = JSON.parse(await readFile(path.join(entry, 'note.json'), 'utf8')) as {way_back: string[]}
    for (const line of back) {
      const [, from = '', to = ''] = line.split(' ')
      await rename(from, to)
    }
    expect(await git(worktree, 'status', '--porcelain')).to.equal('A  staged\n')
    expect((await clean(project, false)).removable.map(place => place.path)).to.deep.equal([worktree])
  })

  it('keeps commits that only the reflog knew', async () => {
    const worktree = await aWorktree(project)
    await writeFile(path.join(worktree, 'a'), 'first')
    await git(worktree, 'add', 'a')
    await git(worktree, 'commit', '-q', '-m', 'first')
    const first = (await git(worktree, 'rev-parse', 'HEAD')).trim()
    await git(worktree, 'reset', '-q', '--hard', 'HEAD~1')
    expect((await clean(project)).removed).to.have.lengthOf(1)
    const [snapshot] = (await listSnapshots(project, {maxBytes: null})).snapshots
    await git(project.root, 'merge-base', '--is-ancestor', first, snapshot?.commit ?? '')
  })

  it('leaves worktrees alone that are not of the team', async () => {
    await git(project.root, 'worktree', 'add', '-q', `${project.root}-mine`)
    expect(await clean(project)).to.deep.include({kept: [], removable: [], removed: []})
    expect(existsSync(`${project.root}-mine`)).to.equal(true)
  })

  type Spoil = (worktree: string) => Promise<unknown>
  const commit = async (worktree: string, name: string, text: string) => {
    await writeFile(path.join(worktree, name), text)
    await git(worktree, 'add', name)
    await git(worktree, 'commit', '-q', '-m', text)
  }

  const REFUSALS: [
    what: string,
    says: RegExp,
    spoil: Spoil,
    entry?: {task?: Partial<Task>; session?: Partial<Session>},
  ][] = [
    ...(['todo', 'in_progress', 'blocked', 'needs_input', 'review_ready'] as const).map(
      (status): [string, RegExp, Spoil, {task: Partial<Task>}] => [
        `whose task is ${status}`,
        new RegExp(`^TASK-001 is ${status}; only what is done or cancelled is cleaned up\\.$`),
        async () => undefined,
        {task: {status}},
      ],
    ),
    ...(['starting', 'running'] as const).map((status): [string, RegExp, Spoil, {session: Partial<Session>}] => [
      `whose session is ${status}`,
      new RegExp(`^worker-task-001 is ${status}\\.$`),
      async () => undefined,
      {session: {status, exit: null}},
    ]),
    [
      'whose session is suspended',
      /^worker-task-001 is suspended and comes back there/,
      async () => undefined,
      {session: {status: 'suspended'}},
    ],
    [
      'whose session is not proven gone (I3)',
      /^Whether a process of worker-task-001 runs is unknown\.$/,
      async () => undefined,
      {session: {status: 'lost', exit: null}},
    ],
    [
      'whose lock was taken off',
      /^It is not known to be of this team/,
      w => git(project.root, 'worktree', 'unlock', w),
    ],
    [
      'that is locked for another task',
      /^It is not known to be of this team/,
      async w => {
        await git(project.root, 'worktree', 'unlock', w)
        await git(project.root, 'worktree', 'lock', '--reason', 'codex-planner TASK-002', w)
      },
    ],
    [
      'that the board does not know',
      /no task on the board has it/,
      async () => undefined,
      {task: {worktree: '/nowhere/else'}},
    ],
    [
      'that is in a rebase (A-051)',
      /has a rebase\.$/,
      async w => {
        await commit(w, 'a', 'one')
        await git(w, 'checkout', '-q', '-b', 'side', 'HEAD~1')
        await commit(w, 'a', 'two')
        await git(w, 'rebase', '-q', 'codex/task-001').catch(() => undefined)
      },
    ],
    ['that is in a bisect (A-051)', /has a bisect\.$/, w => git(w, 'bisect', 'start')],
    [
      'that is in a merge',
      /has a merge\.$/,
      async w => {
        await commit(w, 'a', 'one')
        await git(w, 'checkout', '-q', '-b', 'side', 'HEAD~1')
        await commit(w, 'a', 'two')
        await git(w, 'merge', '-q', 'codex/task-001').catch(() => undefined)
      },
    ],
    [
      'whose index is locked (F-073)',
      /has index\.lock/,
      async w => writeFile(path.join(await project.git.gitDir(w), 'index.lock'), ''),
    ],
    ['that has refs of its own', /has refs of its own/, w => git(w, 'update-ref', 'refs/worktree/x', 'HEAD')],
    [
      'with a file that is assumed unchanged',
      /not to look at a \(assume-unchanged/,
      async w => {
        await commit(w, 'a', 'a')
        await git(w, 'update-index', '--assume-unchanged', 'a')
        await writeFile(path.join(w, 'a'), 'hidden')
      },
    ],
    [
      'with a file that is left out by skip-worktree',
      /not to look at a \(assume-unchanged/,
      async w => {
        await commit(w, 'a', 'a')
        await git(w, 'update-index', '--skip-worktree', 'a')
      },
    ],
    [
      'with commits on a detached HEAD',
      /is on no branch and has no tag\.$/,
      async w => {
        await git(w, 'checkout', '-q', '--detach')
        await commit(w, 'a', 'a')
      },
    ],
    [
      'with a submodule (F-082)',
      /has a submodule/,
      async w => {
        await git(w, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', project.root, 'sub')
        await rm(path.join(await project.git.gitDir(w), 'modules'), {recursive: true})
      },
    ],
    ['with a repository in it', /^nested\/ is a repository of its own/, w => git(w, 'init', '-q', 'nested')],
    [
      'with more ignored files than a snapshot holds (A-049)',
      /^Its ignored files have 12 MiB.*such as big\.$/,
      async w => {
        await writeFile(path.join(w, '.gitignore'), '*\n')
        await writeFile(path.join(w, 'big'), '')
        await truncate(path.join(w, 'big'), 11 * 1024 * 1024)
      },
    ],
    [
      'whose .git leads to another repository (A-053)',
      /do not name each other/,
      w => writeFile(path.join(w, '.git'), `gitdir: ${project.root}/.git\n`),
    ],
    [
      'whose .git leads to a folder that only says it is its own (A-053)',
      /do not name each other/,
      async w => {
        const forged = `${w}-forged`
        await cp(await project.git.gitDir(w), forged, {recursive: true})
        await writeFile(path.join(forged, 'commondir'), `${project.commonDir}\n`)
        await writeFile(path.join(w, '.git'), `gitdir: ${forged}\n`)
      },
    ],
    [
      'that is a link',
      /^It is no real folder\.$/,
      async w => {
        await rename(w, `${w}-aside`)
        await symlink(`${w}-aside`, w)
      },
    ],
    ['that was removed by hand (F-068)', /^Its folder is gone/, w => rm(w, {recursive: true})],
  ]
  for (const [what, says, spoil, entry] of REFUSALS) {
    it(`keeps a worktree ${what}, and says so`, async () => {
      const worktree = await aWorktree(project, entry)
      await spoil(worktree)
      const before = await contents(worktree)
      for (const apply of [false, true]) {
        const {kept, removable, removed} = await clean(project, apply)
        expect(kept.map(place => [place.path, says.test(place.why) || place.why])).to.deep.equal([[worktree, true]])
        expect([...removable, ...removed]).to.deep.equal([])
      }
      expect(await contents(worktree)).to.deep.equal(before)
      expect(await trashed(project)).to.deep.equal([])
    })
  }

  it('keeps a worktree in which a process works', async () => {
    const worktree = await aWorktree(project)
    await mkdir(path.join(worktree, 'deep'))
    const child = spawn('sleep', ['600'], {cwd: path.join(worktree, 'deep'), stdio: 'ignore'})
    try {
      await once(child, 'spawn')
      expect((await clean(project)).kept[0]?.why).to.match(new RegExp(`^Process ${child.pid} \\(.*\\) works in it\\.$`))
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect((await clean(project)).removed).to.have.lengthOf(1)
  })

  it('keeps a worktree outside of the folder for worktrees', async () => {
    const worktree = await aWorktree(project)
    const config = {...project.host.config, worktrees_base_dir: path.join(machine.folder, 'elsewhere')}
    const moved = {...project, host: {...project.host, config}}
    expect((await clean(moved)).kept).to.deep.include({
      path: worktree,
      task_id: 'TASK-001',
      branch: 'codex/task-001',
      why: `It is not directly in ${path.join(machine.folder, 'elsewhere', project.key)}.`,
    })
  })
})
