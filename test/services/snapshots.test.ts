import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {PlannerError} from '../../src/domain/errors.ts'
import {openHost} from '../../src/services/host.ts'
import {openProject, type Project} from '../../src/services/project.ts'
import {keepSnapshot, keepSnapshotOf} from '../../src/services/snapshots.ts'
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

  it('is named, and kept', async () => {
    await writeFile(path.join(worktree, 'new.ts'), 'x')
    expect(await keepSnapshotOf(project, worker, 'end')).to.deep.equal({paths: ['new.ts'], kept: true})
    expect(await keepSnapshot(project, worker, 'end')).to.deep.equal(['new.ts'])
    expect((await refs())[0]).to.match(/^refs\/codex-planner\/snapshots\/worker-task-001\//)
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
    expect(await refs()).to.deep.equal(['refs/heads/main'])
  })

  it('is still named where git does not keep it in time', async () => {
    await writeFile(path.join(worktree, 'new.ts'), 'x')
    const snapshot = () => Promise.reject(new PlannerError('TIMEOUT', 'git did not answer within 300 s.'))
    const slow = {...project, git: {...project.git, snapshot}}
    expect(await keepSnapshotOf(slow, worker, 'end')).to.deep.equal({paths: ['new.ts'], kept: false})
    expect(await keepSnapshot(slow, worker, 'end')).to.deep.equal(['new.ts'])
  })

  it('is not called kept where git cannot tell what it is', async () => {
    const stray = path.join(machine.folder, 'no-repository')
    await mkdir(stray, {recursive: true})
    expect(await keepSnapshotOf(project, {...worker, worktree: stray}, 'end')).to.deep.equal({paths: [], kept: false})
  })
})
