import {chmod, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {codexProgram} from '../support/codex-home.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

const CREATE = {mcp: 'codex-orchestrator-local.create_task', args: {title: 'Count to three'}}

/** Stands between us and Codex, and has it start the tool server late, as on a machine with too much to do. */
async function lateTools(world: World, seconds: number): Promise<string> {
  const [node, codex] = ['late-node', 'codex-with-late-node'].map(name => path.join(world.folder, name)) as [
    string,
    string,
  ]
  await writeFile(node, `#!/bin/sh\nsleep ${seconds}\nexec '${process.execPath}' "$@"\n`)
  await writeFile(
    codex,
    `#!/bin/sh
for word; do
  case $word in mcp_servers.codex-orchestrator-local=*) word=$(printf %s "$word" | sed 's#"command"="[^"]*"#"command"="${node}"#') ;; esac
  shift
  set -- "$@" "$word"
done
exec '${codexProgram()}' "$@"
`,
  )
  for (const file of [node, codex]) await chmod(file, 0o755)
  return codex
}

describe('a session whose tools are slow to start', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)
  afterEach(() => world.close())

  it('has them all the same in its very first turn', async () => {
    world = await makeWorld({
      script: {
        rules: [
          {
            name: 'planner',
            match: {prompt: '# Planner'},
            turns: [
              {steps: [CREATE, {text: 'Planned.'}]},
              {when: '[codex-planner]', repeat: true, steps: [{text: 'Seen.'}]},
            ],
          },
        ],
      },
    })
    world.env.CODEX_ORCHESTRATOR_CODEX_EXECUTABLE = await lateTools(world, 4)
    await world.json(['launch'])
    await eventually('the task', async () => (await world.tasks()).length === 1)
    expect(world.model.problems).to.deep.equal([])
  })
})
