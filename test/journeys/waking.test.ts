import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {steps: [{mcp: `${TOOLS}.list_tasks`}, {text: 'Ready.'}]},
        {when: 'TASK-001 review_ready', steps: [{text: 'Interrupted.', gate: 'never'}]},
        {when: 'Carry on', steps: [{text: 'Carrying on.'}]},
        {when: 'TASK-002 review_ready', steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}]},
      ],
    },
  ],
}

describe('waking the planner', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
  })
  after(() => world.close())

  it('goes on after a person has interrupted the turn that a message began', async () => {
    await world.json(['launch'])
    await eventually("the planner's conversation", async () => (await world.session('planner'))?.codex_session_id)
    for (const id of ['TASK-001', 'TASK-002']) {
      await world.json(['create-task', `Work on ${id}`])
      await world.json(['update-task', id, '--status', 'in_progress'])
    }
    await world.json(['request-review', 'TASK-001', '--summary', 'First.'])
    await world.model.waitFor(({user}) => user.includes('TASK-001 review_ready'), 30_000)
    await eventually('the turn to go on', async () => (await world.session('planner'))?.turn.value === 'working')
    const {stdout} = await world.tmux('list-panes', '-a', '-F', '#{session_name} #{pane_id}')
    const pane = /-planner (%\d+)$/m.exec(stdout)?.[1] ?? ''
    await world.tmux('send-keys', '-t', pane, 'Escape')
    await eventually('the turn to be over', async () => (await world.session('planner'))?.turn.value === 'idle')

    await world.json(['request-review', 'TASK-002', '--summary', 'Second.'])
    // Codex keeps queued messages back after an interruption, until the person who interrupted has said something.
    await world.tmux('send-keys', '-t', pane, '-l', 'Carry on')
    await delay(1000)
    await world.tmux('send-keys', '-t', pane, 'Enter')
    const woken = await world.model.waitFor(({user}) => user.includes('TASK-002 review_ready'), 30_000)
    expect(woken.user).to.match(
      /^\[codex-planner\] TASK-002 review_ready\. Call wait_events with after=\d+, then act on each\.$/,
    )
    await eventually('nothing to wait any more', async () => (await world.session('planner'))?.wake_revision === null)
    expect(world.model.problems).to.deep.equal([])
  })
})
