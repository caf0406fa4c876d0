import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
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
            {
              shell: `touch "$HOME/outside"; echo "outside $?"; echo a > a && git add a && git commit -q -m 'From the sandbox'; echo "commit $?"`,
            },
            {shell: `${CLI} request-review TASK-001 --summary 'Committed.'; echo "review $?"`},
            {text: 'Done.'},
          ],
        },
      ],
    },
  ],
}

describe("a worker in Codex's own sandbox", function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    const config = path.join(world.env.XDG_CONFIG_HOME ?? '', 'codex-orchestrator', 'config.toml')
    await mkdir(path.dirname(config), {recursive: true})
    await writeFile(
      config,
      '[defaults]\ncodex_args = ["--sandbox", "workspace-write", "--ask-for-approval", "never"]\n',
    )
  })
  after(() => world.close())

  it('can commit and hand back from its shell', async () => {
    await world.json(['launch'])
    await world.json(['create-task', 'Stay in the sandbox'])
    await world.json(['spawn-worker', 'TASK-001'])
    await eventually('the hand-back', async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready')
    const request = await world.model.waitFor(
      ({cwd, outputs}) => cwd.endsWith('/task-001') && outputs.length === 2,
      30_000,
    )
    const printed = request.outputs.map(({text}) => text).join('\n')
    expect(printed).to.include('commit 0').and.to.include('review 0')
    const {branch} = taskIn(await world.tasks(), 'TASK-001')
    expect(await world.git('log', '-1', '--format=%s', branch ?? '')).to.equal('From the sandbox\n')
    expect(world.model.problems).to.deep.equal([])
  })
})
