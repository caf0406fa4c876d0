import {expect} from 'chai'

import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World, wakesOf} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

/** It makes two tasks and forgets to start them; later it forgets to go on. */
const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.create_task`, args: {title: 'First'}},
            {mcp: `${TOOLS}.create_task`, args: {title: 'Second'}},
            {text: 'Two tasks are ready.'},
          ],
        },
        {
          when: '[codex-planner]',
          repeat: true,
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
        {when: 'opened anew', steps: [{text: 'Back.'}]},
        {when: 'suspended', steps: [{text: 'Back.'}]},
      ],
    },
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {steps: [{mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'Done.'}}, {text: 'Done.'}]},
      ],
    },
  ],
}

describe('a team in which nobody works while tasks are ready', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)
  before(async () => {
    world = await makeWorld({script})
  })
  after(() => world.close())

  /** One message a turn, however many requests it takes. */
  const wakes = () => [...new Set(wakesOf(world))].map(text => text.split(' Call')[0])
  const isQuiet = async () => {
    const planner = await world.session('planner')
    return planner?.turn.value === 'idle' && planner.wake_revision === null
  }

  it('tells the planner once, also over a restart, and again when work was done since', async () => {
    await world.json(['launch'])
    const first = '[codex-planner] Nobody works, and TASK-001, TASK-002 could start.'
    await eventually('the planner to be told', async () => wakes().length > 0 && (await isQuiet()))
    expect(wakes()).to.deep.equal([first])

    await world.json(['suspend'])
    await world.json(['launch'])
    await eventually('the planner to be back', isQuiet)
    await world.json(['spawn-worker', 'TASK-001'])
    await eventually('the hand-back', async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready')
    await eventually('the planner to be told again', async () => wakes().length > 2)
    expect(wakes()).to.deep.equal([
      first,
      '[codex-planner] TASK-001 review_ready.',
      '[codex-planner] Nobody works, and TASK-002 could start.',
    ])
    const told = world.model.requests.filter(({user}) => user.startsWith(first)).length
    await eventually('nothing to wait any more', isQuiet)
    await world.json(['shutdown'])
    expect(world.model.requests.filter(({user}) => user.startsWith(first))).to.have.length(told)
    expect(world.model.problems).to.deep.equal([])
  })
})
