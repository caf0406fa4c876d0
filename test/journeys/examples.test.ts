import {expect} from 'chai'

import type {Quickstart} from '../../src/services/quickstart.ts'
import {binFolder, everyExample, IN_A_TEAM} from '../support/examples.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, runProgram, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

/** A planner that does nothing by itself, and a worker that asks. */
const SCRIPT: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [{repeat: true, steps: [{text: 'Ready.'}]}],
    },
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.request_input`, args: {session_name: 'worker-task-001', summary: 'Which?'}},
            {text: 'I asked.'},
          ],
        },
        {repeat: true, steps: [{text: 'I go on.'}]},
      ],
    },
  ],
}

/** The examples of commands that need a team, in an order in which each makes sense, and what has to happen between them. */
const STORY: (string | ((world: World) => Promise<unknown>))[] = [
  'codex-planner doctor',
  'codex-planner doctor --json',
  'codex mcp add codex-orchestrator -- codex-planner serve-mcp',
  'codex-planner serve-mcp --role observer',
  'codex-planner',
  'codex-planner start-planner',
  world => world.json(['create-task', 'One thing']),
  'codex-planner spawn-worker TASK-001',
  async world => {
    const {planner, workers} = await world.json<Quickstart>(['quickstart'])
    expect([planner?.process, ...workers.map(({name}) => name)]).to.deep.equal(['alive', 'worker-task-001'])
  },
  'codex-planner attach',
  'codex-planner attach worker-task-001',
  'codex-planner dashboard',
  world => eventually('the question', async () => taskIn(await world.tasks(), 'TASK-001').status === 'needs_input'),
  `codex-planner resume-task TASK-001 --note 'Keep the old spelling as an alias.'`,
  world => world.json(['close-session', 'planner']),
  'codex-planner --new-session',
  world => world.json(['close-session', 'planner']),
  'codex-planner start-planner --new-session',
]

describe('the examples of commands that need a team', function () {
  this.timeout(240_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script: SCRIPT})
  })
  after(() => world.close())

  it('are all in the story', async () => {
    const lines = STORY.filter(step => typeof step === 'string')
    const wanted = (await everyExample()).filter(({id}) => IN_A_TEAM.includes(id)).map(({line}) => line)
    expect(lines.toSorted()).to.deep.equal(wanted.toSorted())
  })

  it('work as they are pasted', async () => {
    const bin = await binFolder(world.folder)
    for (const step of STORY) {
      if (typeof step !== 'string') {
        await step(world)
        continue
      }
      const env = {...world.env, PATH: `${bin}:${world.env.PATH}`}
      const {code, stdout, stderr} = await runProgram('/bin/sh', ['-c', step], {cwd: world.root, env})
      expect(code, `${step}\n${stdout}${stderr}`).to.equal(0)
    }
    expect(world.model.problems).to.deep.equal([])
  })
})
