import {mkdir, open, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Spawned} from '../../src/services/workers.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

describe('a worktree that git was killed over', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)

  beforeEach(async () => {
    const steps = [{text: 'Here.', gate: 'never'}]
    world = await makeWorld({script: {rules: [{name: 'worker', match: {cwd: '/task-001'}, turns: [{steps}]}]}})
    await writeFile(path.join(world.root, 'kept'), 'by git\n')
    await world.git('add', 'kept')
    await world.git('commit', '-q', '-m', 'Something to check out')
    await world.json(['init'])
    await world.json(['create-task', 'Count'])
  })
  afterEach(() => world.close())

  const worktree = () => `${world.root}-worktrees/task-001`
  const lock = ['--lock', '--reason', 'codex-planner TASK-001']

  async function spawned(): Promise<void> {
    const {session} = await world.json<Spawned>(['spawn-worker', 'TASK-001'])
    await eventually('it to run', async () => (await world.session(session.name))?.status === 'running')
    expect(session.worktree).to.equal(worktree())
    expect(await readFile(path.join(worktree(), 'kept'), 'utf8')).to.equal('by git\n')
  }

  it('is made whole by the next start, and what is in it stays beside it (F-007, F-008, F-009)', async () => {
    await world.git('worktree', 'add', '-q', '--no-track', ...lock, '-b', 'codex/task-001-count', worktree())
    await rm(path.join(world.root, '.git', 'worktrees', 'task-001', 'index'))
    await rm(path.join(worktree(), 'kept'))
    await writeFile(path.join(worktree(), 'by somebody'), 'kept\n')
    // What is locked outlives this, so it helps nobody.
    await world.git('worktree', 'prune')
    await spawned()
    const [aside] = (await readdir(path.dirname(worktree()))).filter(name => name.startsWith('task-001.incomplete-'))
    expect(await readFile(path.join(path.dirname(worktree()), aside ?? '', 'by somebody'), 'utf8')).to.equal('kept\n')
    expect((await world.git('worktree', 'list')).trim().split('\n')).to.have.length(2)
  })

  it('is left alone while that git goes on without its command (F-028)', async () => {
    await world.git('worktree', 'add', '-q', '--no-track', ...lock, '-b', 'codex/task-001-count', worktree())
    const gitFolder = path.join(world.root, '.git', 'worktrees', 'task-001')
    await rm(path.join(gitFolder, 'index'))
    const held = await open(path.join(gitFolder, 'index.lock'), 'wx')
    const refused = await world.run(['spawn-worker', 'TASK-001'])
    expect([refused.code, refused.stderr]).to.deep.equal([
      3,
      `    Error: Git is still making the worktree ${worktree()}.\n    Code: SESSION_BUSY\n    Try this: codex-planner spawn-worker TASK-001\n`,
    ])
    expect(await readFile(path.join(worktree(), 'kept'), 'utf8')).to.equal('by git\n')
    await held.close()
    await rm(path.join(gitFolder, 'index.lock'))
    await spawned()
  })

  it('is made in the empty folder that was all there is of it', async () => {
    await mkdir(worktree(), {recursive: true})
    await spawned()
  })
})
