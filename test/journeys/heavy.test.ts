import {expect} from 'chai'

import type {Leases} from '../../src/services/lease-list.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'
const CLI = '"$CODEX_ORCHESTRATOR_CLI"'

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {steps: [{mcp: `${TOOLS}.list_tasks`}, {text: 'Ready.'}]},
        {
          when: '[codex-planner]',
          repeat: true,
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
      ],
    },
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {shell: `${CLI} run --purpose 'unit tests' -- sh -c 'echo it ran in $PWD; exit 5'; echo "code $?"`},
            {mcp: `${TOOLS}.acquire_lease`, args: {session_name: 'worker-task-001', purpose: 'by hand'}},
            {shell: `${CLI} run --purpose 'never ends' -- sleep 600`},
            {text: 'Done.'},
          ],
        },
      ],
    },
  ],
}

describe('heavy commands of a real worker', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    world.env.CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES = '2'
  })
  after(() => world.close())

  it('run under leases of its session, and hold nothing any more when the worker is closed', async () => {
    const leases = () => world.json<Leases>(['list-leases'])
    await world.json(['launch'])
    await world.json(['create-task', 'Run something heavy'])
    await world.json(['spawn-worker', 'TASK-001'])
    const held = await eventually('both leases', async () => {
      const {leases: held} = await leases()
      return held.length === 2 && held
    })
    const told = held.map(({session, purpose, holder, process}) => ({session, purpose, holder, process}))
    expect(told).to.deep.equal([
      {session: 'worker-task-001', purpose: 'by hand', holder: 'session', process: 'alive'},
      {session: 'worker-task-001', purpose: 'never ends', holder: 'command', process: 'alive'},
    ])
    expect(held.map(({project}) => project)).to.deep.equal([world.root, world.root])
    const {outputs} = await world.model.waitFor(
      ({cwd, outputs}) => cwd.endsWith('/task-001') && outputs.length === 2,
      30_000,
    )
    const printed = outputs.map(({text}) => text).join('\n')
    expect(printed)
      .to.match(/it ran in \S+\/task-001\n/)
      .and.to.include('code 5')

    await world.json(['close-worker', 'worker-task-001'])
    await eventually('the end of both leases', async () => (await leases()).leases.length === 0)
    expect(world.model.problems).to.deep.equal([])
  })
})
