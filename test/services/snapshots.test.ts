import {existsSync} from 'node:fs'
import {mkdir, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {PlannerError} from '../../src/domain/errors.ts'
import type {Snapshot} from '../../src/domain/snapshot.ts'
import {openHost} from '../../src/services/host.ts'
import {openProject, type Project} from '../../src/services/project.ts'
import {settle} from '../../src/services/settle.ts'
import {listSnapshots} from '../../src/services/snapshot-list.ts'
import {keepSnapshot, keepSnapshotOf} from '../../src/services/snapshots.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'

describe('what a worker has not committed', () => {
  let machine: Machine
  let project: Project
  let root: string
  let worktree: string
  let worker: {name: string; role: 'worker'; worktree: string}
  const none = async () => ({found: [], faults: []})

  before(async () => {
    machine = await makeMachine()
  })
  beforeEach(async () => {
    root = await machine.repository(`snapshots-${Math.random().toString(36).slice(2)}`)
    await machine.json(['init'], {cwd: root})
    const host = await openHost(machine.env, {terminalBackends: none, workerPolicies: none}, root)
    const person = {role: 'operator', session: null, project: null} as const
    project = await openProject(host, root, person, () => undefined)
    worktree = `${root}-task-001`
    await machine.git(root, 'worktree', 'add', '-q', '--detach', worktree)
    worker = {name: 'worker-task-001', role: 'worker', worktree}
  })
  after(() => machine.close())

  const refs = async () => (await machine.git(root, 'for-each-ref', '--format=%(refname)')).trim().split('\n')

  async function newest(): Promise<Snapshot> {
    const [snapshot] = (await listSnapshots(project, {maxBytes: null})).snapshots
    if (!snapshot) throw new Error('There is no snapshot.')
    return snapshot
  }

  it('is named, and kept', async () => {
    await writeFile(path.join(worktree, 'new.ts'), 'x')
    expect(await keepSnapshotOf(project, worker, 'end')).to.deep.equal({paths: ['new.ts'], kept: true})
    expect(await keepSnapshot(project, worker, 'end')).to.deep.equal(['new.ts'])
    expect((await refs())[0]).to.match(/^refs\/codex-planner\/snapshots\/worker-task-001\//)
  })

  it('is kept with small files that git ignores, and names the ones that are too large', async () => {
    await writeFile(path.join(worktree, '.gitignore'), '.env\nbuild/\n')
    await writeFile(path.join(worktree, '.env'), 'KEY=1\n')
    await mkdir(path.join(worktree, 'build'))
    await writeFile(path.join(worktree, 'build/big'), Buffer.alloc(10 * 1024 * 1024))
    expect(await keepSnapshotOf(project, worker, 'end')).to.deep.equal({paths: ['.gitignore'], kept: true})
    const snapshot = await newest()
    expect(await machine.git(root, 'ls-tree', '-r', '--name-only', snapshot.commit)).to.equal('.env\n.gitignore\n')
    expect(snapshot).to.deep.include({
      session: 'worker-task-001',
      task_id: 'TASK-001',
      reason: 'end',
      paths: 1,
      ignored: 1,
      left_out: {
        count: 1,
        bytes: 10 * 1024 * 1024,
        first: [{path: 'build/', bytes: 10 * 1024 * 1024, why: 'ignored'}],
      },
    })
  })

  it('is kept byte for byte, and no filter of the repository runs (A-045)', async () => {
    const canary = path.join(machine.folder, 'filter-ran')
    await machine.git(root, 'config', 'filter.x.clean', `touch '${canary}'; cat`)
    await machine.git(root, 'config', 'core.autocrlf', 'true')
    await writeFile(path.join(worktree, '.gitattributes'), '* filter=x text ident\n')
    await writeFile(path.join(worktree, 'dos'), 'a\r\nb\n$Id: 1 $\n')
    await keepSnapshot(project, worker, 'end')
    expect(await machine.git(root, 'show', `${(await newest()).commit}:dos`)).to.equal('a\r\nb\n$Id: 1 $\n')
    expect(existsSync(canary)).to.equal(false)
  })

  it('is kept with what is staged and was changed again (I1)', async () => {
    await writeFile(path.join(worktree, 'a'), 'staged')
    await machine.git(worktree, 'add', 'a')
    await writeFile(path.join(worktree, 'a'), 'later')
    await keepSnapshot(project, worker, 'end')
    const {commit} = await newest()
    expect(await machine.git(root, 'show', `${commit}:a`)).to.equal('later')
    expect(await machine.git(root, 'show', `${commit}^2:a`)).to.equal('staged')
  })

  it('is kept where git was told to take a file for unchanged', async () => {
    await writeFile(path.join(worktree, 'a'), 'a')
    await machine.git(worktree, 'add', 'a')
    await machine.git(worktree, 'commit', '-q', '-m', 'a')
    await machine.git(worktree, 'update-index', '--assume-unchanged', 'a')
    await writeFile(path.join(worktree, 'a'), 'hidden')
    await keepSnapshot(project, worker, 'end')
    expect(await machine.git(root, 'show', `${(await newest()).commit}:a`)).to.equal('hidden')
  })

  it('is kept twice in one moment, under two names', async () => {
    await writeFile(path.join(worktree, 'a'), 'a')
    const now = () => '2026-01-31T12:00:00.000Z'
    const still = {...project, host: {...project.host, now}}
    await keepSnapshot(still, worker, 'end')
    await writeFile(path.join(worktree, 'a'), 'b')
    await keepSnapshot(still, worker, 'end')
    expect((await refs()).slice(0, 2)).to.deep.equal([
      'refs/codex-planner/snapshots/worker-task-001/20260131T120000-000Z',
      'refs/codex-planner/snapshots/worker-task-001/20260131T120000-001Z',
    ])
  })

  it('is kept once while it stays the same, whoever ends with the session, and again when it changes', async () => {
    const count = async () => (await refs()).filter(ref => ref.startsWith('refs/codex-planner/')).length
    await writeFile(path.join(worktree, '.gitignore'), 'ignored\n')
    await writeFile(path.join(worktree, 'a'), 'a')
    await keepSnapshot(project, worker, 'hand-back')
    await keepSnapshot(project, worker, 'closed')
    expect([await count(), (await newest()).reason]).to.deep.equal([1, 'hand-back'])
    await machine.git(worktree, 'add', 'a')
    await writeFile(path.join(worktree, 'a'), 'b')
    await keepSnapshot(project, worker, 'closed')
    await keepSnapshot(project, worker, 'end')
    expect(await count()).to.equal(2)
    await machine.git(worktree, 'reset', '-q')
    await keepSnapshot(project, worker, 'end')
    expect(await count()).to.equal(3)
    await writeFile(path.join(worktree, 'ignored'), 'x')
    await keepSnapshot(project, worker, 'end')
    expect(await count()).to.equal(4)
    await machine.git(worktree, 'commit', '-q', '--allow-empty', '-m', 'x')
    await keepSnapshot(project, worker, 'end')
    expect(await count()).to.equal(5)
  })

  it('is told page by page where an answer is bounded, each of them once', async () => {
    for (let at = 0; at < 3; at += 1) await writeFile(path.join(worktree, `new-${at}`), 'x')
    await writeFile(path.join(worktree, '.gitignore'), '/large*\n')
    for (let at = 0; at < 8; at += 1) {
      await writeFile(path.join(worktree, `large-${at}-${'x'.repeat(100)}`), '')
      await truncate(path.join(worktree, `large-${at}-${'x'.repeat(100)}`), 11 * 1024 * 1024)
    }
    await keepSnapshot(project, worker, 'end')
    const {commit} = await newest()
    const made = Array.from({length: 40}, (_, at) => `worker-task-001/20260131T1200${String(at).padStart(2, '0')}-000Z`)
    for (const id of made) await machine.git(root, 'update-ref', `refs/codex-planner/snapshots/${id}`, commit)
    const seen: string[] = []
    for (let cursor: string | undefined, pages = 0; pages < 50; pages += 1) {
      const page = await listSnapshots(project, {maxBytes: 8192, cursor, session: 'worker-task-001'})
      expect(Buffer.byteLength(JSON.stringify(page))).to.be.lessThan(8192)
      seen.push(...page.snapshots.map(({id}) => id))
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    expect(seen.slice(1)).to.deep.equal(made.toReversed())
  })

  it('is kept when it turns out that the worker is lost', async () => {
    await writeFile(path.join(worktree, 'a'), 'a')
    await putOnBoard(root, {tasks: [{status: 'in_progress', worktree}], sessions: [{name: worker.name, worktree}]})
    const [session] = (await project.board.read()).sessions
    if (!session) throw new Error('There is no session.')
    const at = project.host.now()
    const process = {value: 'gone', source: 'boot', at} as const
    const turn = {value: 'idle', source: 'process', at} as const
    expect(await settle(project, {session, process, turn, record: []})).to.equal('ended')
    expect(await newest()).to.include({reason: 'loss', paths: 1})
    expect((await project.board.read()).sessions[0]?.status).to.equal('lost')
  })

  it('may be nothing', async () => {
    expect(await keepSnapshotOf(project, worker, 'end')).to.deep.equal({paths: [], kept: true})
    const away = {...worker, worktree: path.join(worktree, 'away')}
    expect(await keepSnapshotOf(project, away, 'end')).to.deep.equal({paths: [], kept: true})
    expect(await refs()).to.deep.equal(['refs/heads/main'])
  })

  it('is still named where git cannot keep it', async () => {
    await machine.git(worktree, 'init', '-q', 'nested')
    await writeFile(path.join(worktree, 'new.ts'), 'x')
    expect(await keepSnapshotOf(project, worker, 'end')).to.deep.equal({paths: ['nested/', 'new.ts'], kept: false})
    const [ref = ''] = await refs()
    expect(await machine.git(root, 'ls-tree', '-r', '--name-only', ref)).to.equal('new.ts\n')
    expect((await newest()).left_out).to.deep.equal({
      count: 1,
      bytes: 0,
      first: [{path: 'nested/', bytes: null, why: 'repository'}],
    })
  })

  it('is still named where git does not keep it in time', async () => {
    await writeFile(path.join(worktree, 'new.ts'), 'x')
    const run: Project['git']['run'] = async (folder, args, options) => {
      if (args[0] === 'hash-object') throw new PlannerError('TIMEOUT', 'git did not answer within 300 s.')
      return project.git.run(folder, args, options)
    }
    const slow = {...project, git: {...project.git, run}}
    expect(await keepSnapshotOf(slow, worker, 'end')).to.deep.equal({paths: ['new.ts'], kept: false})
    expect(await keepSnapshot(slow, worker, 'end')).to.deep.equal(['new.ts'])
  })

  it('is not called kept where git cannot tell what it is', async () => {
    const stray = path.join(machine.folder, 'no-repository')
    await mkdir(stray, {recursive: true})
    expect(await keepSnapshotOf(project, {...worker, worktree: stray}, 'end')).to.deep.equal({paths: [], kept: false})
  })
})
