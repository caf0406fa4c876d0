import {expect} from 'chai'

import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'
const CLI = '"$CODEX_ORCHESTRATOR_CLI"'

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.create_task`, args: {title: 'Stay inside'}},
            {mcp: `${TOOLS}.create_task`, args: {title: 'Somebody else’s'}},
            {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-001'}},
            {text: 'At work.'},
          ],
        },
        {when: 'TASK-001 review_ready', steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}]},
        {when: '[codex-planner]', repeat: true, steps: [{text: 'Seen.'}]},
      ],
    },
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {
              shell: `${CLI} create-task 'More work'; echo "code $?"; ${CLI} spawn-worker TASK-002; echo "code $?"; ${CLI} start-planner; echo "code $?"`,
            },
            {
              shell: `${CLI} request-review TASK-002 --summary x --json; echo "code $?"; ${CLI} list-tasks --repo-path /; echo "code $?"`,
            },
            {mcp: `${TOOLS}.close_session`, args: {session_name: 'planner'}},
            {mcp: `${TOOLS}.request_input`, args: {session_name: 'worker-task-002', summary: 'Whose am I?'}},
            {mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'Tried every door.'}},
            {text: 'Done.'},
          ],
        },
      ],
    },
  ],
}

for (const model of ['scripted-plain', 'gpt-6-sol']) {
  describe(`a worker that reaches too far, with the model ${model}`, function () {
    this.timeout(180_000)
    let world: World
    tellOnFailure(() => world)

    before(async () => {
      world = await makeWorld({script, model})
    })
    after(() => world.close())

    it("is refused the planner's tools and commands, and changes nothing (E1-E5, E13, A-094)", async () => {
      await world.json(['launch'])
      await eventually('the hand-back', async () => {
        const tasks = await world.tasks()
        return tasks.length > 0 && taskIn(tasks, 'TASK-001').status === 'review_ready'
      })
      const outputs = world.model.requests
        .filter(({cwd}) => cwd.endsWith('/task-001'))
        .map(({outputs}) => outputs.at(-1)?.text ?? '')
      const [, commands = '', owners = '', close = '', ask = ''] = outputs
      expect(commands.match(/code 1/g)).to.have.length(3)
      expect(commands.match(/ROLE_FORBIDDEN/g)).to.have.length(3)
      expect(owners).to.include('NOT_OWNER').and.to.include('code 1')
      expect(owners.match(/code 0/g)).to.equal(null)
      expect(close).to.include('worker-task-001 cannot act for planner')
      expect(ask).to.include('worker-task-001 cannot act for worker-task-002')
      const tasks = await world.tasks()
      expect(tasks.map(({id, status}) => [id, status])).to.deep.equal([
        ['TASK-001', 'review_ready'],
        ['TASK-002', 'todo'],
      ])
      expect((await world.session('planner'))?.status).to.equal('running')
      expect(world.model.problems).to.deep.equal([])
    })

    if (model === 'scripted-plain') {
      it("does not even see the planner's tools (E1)", () => {
        const request = world.model.requests.find(({cwd, tools}) => cwd.endsWith('/task-001') && tools.length > 0)
        const ours = request?.tools
          .filter(({namespace}) => namespace?.startsWith('mcp__codex_orchestrator_local'))
          .map(({name}) => name)
        expect(ours?.toSorted()).to.deep.equal([
          'acquire_lease',
          'close_session',
          'doctor',
          'list_leases',
          'list_sessions',
          'list_tasks',
          'release_lease',
          'request_input',
          'request_review',
          'resources',
          'show_handoff',
          'show_prompt',
          'show_session',
          'show_task',
          'snapshots',
          'wait_events',
        ])
      })
    }
  })
}
