import {chmod, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Spawned} from '../../src/services/workers.ts'
import {codexProgram} from '../support/codex-home.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

/** Stands before Codex: a session shows a question that Enter would answer, and writes down every key it gets. */
async function asking(world: World): Promise<{program: string; keys: () => Promise<string>}> {
  const program = path.join(world.folder, 'codex-that-asks')
  const keys = path.join(world.folder, 'keys')
  await writeFile(keys, '')
  await writeFile(
    program,
    `#!/bin/sh
for word; do [ "$word" = --no-daemon ] && session=yes; done
[ -n "$session" ] || exec '${codexProgram()}' "$@"
printf 'Folder access\\nTrust this folder? Codex can read, edit, and run files here.\\n> 1. Trust and continue\\n'
stty raw -echo
exec cat >>'${keys}'
`,
  )
  await chmod(program, 0o755)
  return {program, keys: () => readFile(keys, 'utf8')}
}

describe('a Codex that asks something and waits', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)
  before(async () => {
    world = await makeWorld({script: {rules: []}})
  })
  after(() => world.close())

  it('is waited for no longer than a start may take, shown to the person, and never answered (F-111)', async () => {
    const {program, keys} = await asking(world)
    world.env.CODEX_ORCHESTRATOR_CODEX_EXECUTABLE = program
    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    expect(launched.stderr).to.match(
      /5\. Start a planner: a new conversation, still starting; its terminal shows: Folder access \/ Trust this folder\? Codex can read, .* \/ > 1\. Trust and continue/,
    )
    await world.json(['create-task', 'Count'])
    const {session} = await world.json<Spawned>(['spawn-worker', 'TASK-001'])
    expect(session.status).to.equal('starting')
    expect((await world.sessions()).map(({name, status, process}) => [name, status, process.value])).to.deep.equal([
      ['planner', 'starting', 'alive'],
      ['worker-task-001', 'starting', 'alive'],
    ])
    expect((await world.tasks())[0]?.status).to.equal('todo')
    expect(await keys()).to.equal('')
    const [pane = ''] = (await world.tmux('list-panes', '-a', '-F', '#{pane_id}')).stdout.split('\n')
    await world.tmux('send-keys', '-t', pane, 'x')
    await eventually('a key of the person to arrive', async () => (await keys()) === 'x')

    await world.json(['close-worker', 'worker-task-001'])
    await world.json(['close-session', 'planner'])
    await eventually('both terminals to be gone', async () => (await world.tmux('list-sessions')).stdout === '')
    expect(await keys()).to.equal('x')
  })
})
