import {expect} from 'chai'

import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'
import {counts, patience} from './counts.ts'

const ids = Array.from({length: counts.starts}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)

describe(`${counts.starts} workers that are started at once, on a task each`, function () {
  this.timeout(patience(counts.starts, 10))
  let world: World
  tellOnFailure(() => world)
  before(async () => {
    const turns = [{steps: [{text: 'Ready.'}]}]
    world = await makeWorld({script: {rules: [{name: 'worker', match: {cwd: '/task-'}, turns}]}})
    world.env.CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1 = '10000'
    world.env.CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB = '0'
    await world.json(['init'])
    for (const id of ids) await world.json(['create-task', `Task ${id}`])
  })
  after(() => world.close())

  it('each have a terminal, a branch and a worktree of their own, and whoever was told to wait is given its own later (F-102)', async () => {
    const spawn = (id: string) => world.run(['spawn-worker', id, '--json'])
    let left = ids
    for (let round = 1; round <= 5 && left.length > 0; round += 1) {
      const answers = await Promise.all(left.map(spawn))
      for (const {code, stdout} of answers) expect([0, 3], stdout).to.include(code)
      left = left.filter((_, index) => answers[index]?.code === 3)
    }
    expect(left).to.deep.equal([])

    const names = ids.map(id => `worker-${id.toLowerCase()}`)
    const alive = await eventually('every script to have said hello', async () => {
      const all = (await world.sessions()).filter(({process}) => process.value === 'alive')
      return all.length === ids.length && all
    })
    expect(alive.map(({name}) => name)).to.have.members(names)
    const terminals = (await world.tmux('list-windows', '-a', '-F', '#{session_name}')).stdout.trim().split('\n')
    const own = terminals.filter(name => name.includes('-worker-task-'))
    expect(own.map(name => name.slice(name.indexOf('worker-')))).to.have.members(names)
    const branches = (await world.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/codex')).trim()
    expect(branches.split('\n')).to.have.members(ids.map(id => `codex/${id.toLowerCase()}-task-${id.toLowerCase()}`))
    const worktrees = (await world.git('worktree', 'list', '--porcelain')).match(/^worktree .*$/gm) ?? []
    expect(worktrees.map(line => line.slice('worktree '.length))).to.have.members([
      world.root,
      ...ids.map(id => `${world.root}-worktrees/${id.toLowerCase()}`),
    ])
  })
})
