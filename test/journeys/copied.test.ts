import {cp} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import type {SessionPage} from '../../src/services/sessions.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

describe('a repository that was copied while its team ran', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)
  afterEach(() => world.close())

  it('shows that team, touches nothing of it, and gets one of its own (F-118)', async () => {
    const turns = [{steps: [{mcp: 'codex-orchestrator-local.list_tasks'}, {text: 'Ready.'}]}]
    world = await makeWorld({script: {rules: [{name: 'planner', match: {prompt: '# Planner'}, turns}]}})
    await world.json<Launched>(['launch'])
    const original = await eventually('its first turn to be over', async () => {
      const planner = await world.session('planner')
      return planner?.turn.value === 'idle' && planner
    })
    const copy = path.join(world.folder, 'copy')
    await cp(world.root, copy, {recursive: true})
    const there = {cwd: copy}

    const seen = (await world.json<SessionPage>(['list-sessions'], there)).sessions[0]
    expect([seen?.process.value, seen?.process.source]).to.deep.equal([
      'unknown',
      'it belongs to the repository that this one was copied from',
    ])
    for (const argv of [['close-session', 'planner'], ['suspend'], ['shutdown'], []]) {
      const refused = await world.run(argv, there)
      expect(refused.code, argv.join(' ')).to.equal(3)
      expect(refused.stderr).to.include('it belongs to the repository that this one was copied from')
    }
    const told = await world.run(['close-session', 'planner'], there)
    expect(told.stderr).to.include('Try this: codex-planner close-session planner --keep-terminal-running')

    await world.json(['close-session', 'planner', '--keep-terminal-running'], there)
    const own = await world.json<Launched>(['launch'], there)
    expect(own.steps[4]?.detail).to.match(/goes on in the repository this one was copied from\. A new one was started/)
    expect(own.planner.worktree).to.equal(copy)
    const after = await world.session('planner')
    expect([after?.run, after?.status, after?.process.value]).to.deep.equal([original.run, 'running', 'alive'])
    expect(own.planner.run).not.to.equal(original.run)
    await world.json(['shutdown'], there)
    expect((await world.session('planner'))?.process.value).to.equal('alive')
    expect(world.model.problems).to.deep.equal([])
  })
})
