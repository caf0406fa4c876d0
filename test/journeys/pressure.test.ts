import {expect} from 'chai'

import type {Spawned} from '../../src/services/workers.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'
const ROOM = {
  CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1: '10000',
  CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '0',
}
const BUSY = {CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '65536'}
const NOTE = 'Keep the old spelling as an alias.'

const script: Script = {
  rules: [
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {
              mcp: `${TOOLS}.request_input`,
              args: {session_name: 'worker-task-001', summary: 'Which spelling?', close_session: true},
            },
            {text: 'I wait.'},
          ],
        },
        {
          when: 'Read the handoff and go on.',
          steps: [
            {mcp: `${TOOLS}.show_handoff`, args: {task_id: 'TASK-001'}},
            {mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'I read: {{last.text}}'}},
            {text: 'Handed back.'},
          ],
        },
      ],
    },
  ],
}

describe('a machine that fills up while a question is open', function () {
  this.timeout(180_000)
  let world: World
  let error: {code: string; suggestions: string[]}
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    await world.json(['init'])
    await world.json(['create-task', 'Rename it'])
  })
  after(() => world.close())

  it('starts a worker while there is room', async () => {
    const {code, stdout, stderr} = await world.run(['spawn-worker', 'TASK-001', '--json'], {env: ROOM})
    expect({code, stderr}, stdout).to.deep.equal({code: 0, stderr: ''})
    expect((JSON.parse(stdout) as Spawned).session.name).to.equal('worker-task-001')
    await eventually('the worker to ask and to end', async () => {
      const status = (await world.session('worker-task-001'))?.status
      return taskIn(await world.tasks(), 'TASK-001').status === 'needs_input' && status === 'closed'
    })
  })

  it('starts none for the answer, and keeps the answer', async () => {
    const argv = ['resume-task', 'TASK-001', '--note', NOTE, '--json']
    const {code, stdout} = await world.run(argv, {env: BUSY})
    ;({error} = JSON.parse(stdout) as {error: typeof error})
    expect({code, told: error.code}).to.deep.equal({code: 3, told: 'WORKER_DEFERRED'})
    expect((await world.session('worker-task-001'))?.status).to.equal('closed')
    expect(taskIn(await world.tasks(), 'TASK-001').status).to.equal('needs_input')
  })

  it('brings the worker back later by the line that was suggested, and it finds the answer', async () => {
    expect(error.suggestions.at(-1)).to.equal(`codex-planner resume-task TASK-001 --note 'Read the handoff and go on.'`)
    await world.json(['resume-task', 'TASK-001', '--note', 'Read the handoff and go on.'])
    await eventually(
      'the worker to hand back',
      async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready',
    )
    const {stdout} = await world.run(['show-handoff', 'TASK-001'])
    const [, handBack = ''] = stdout.split('hand-back by worker-task-001')
    expect(handBack).to.include(NOTE)
    const threads = new Set(world.model.requests.map(({thread}) => thread))
    expect(threads.size, 'one conversation').to.equal(1)
    expect(world.model.problems).to.deep.equal([])
  })
})
