import {existsSync} from 'node:fs'
import {mkdir, readFile, rename} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.create_task`, args: {title: 'Count to two'}},
            {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-001'}},
            {text: 'One is at work.'},
          ],
        },
        {
          when: '[codex-planner]',
          repeat: true,
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
      ],
    },
    {
      name: 'works',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.show_task`, args: {task_id: 'TASK-001'}},
            {shell: 'echo one > saved && git add saved && git commit -q -m Count && echo two > unsaved'},
            {text: 'Counting.', gate: 'never'},
          ],
        },
        {
          when: 'The team was suspended and goes on now',
          steps: [
            {shell: 'git add unsaved && git commit -q -m "Count on"'},
            {mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'Counted.'}},
            {text: 'Handed back.'},
          ],
        },
      ],
    },
  ],
}

describe('a repository that was moved with its worktrees while the team was suspended', function () {
  this.timeout(240_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
  })
  after(() => world.close())

  it('has everybody back in their conversations, in the new place, with every file (F-077)', async () => {
    await world.json<Launched>(['launch'])
    const had = await eventually('the worker to have counted', async () => {
      const {worktree} = (await world.tasks())[0] ?? {}
      const sessions = await world.sessions()
      return (
        existsSync(path.join(worktree ?? '', 'unsaved')) &&
        sessions.length === 2 &&
        sessions.every(({codex_session_id}) => codex_session_id !== null) &&
        sessions
      )
    })
    await world.json(['suspend'])

    const place = path.join(world.folder, 'elsewhere')
    await mkdir(place)
    for (const name of ['repo', 'repo-worktrees']) await rename(path.join(world.folder, name), path.join(place, name))
    world.root = path.join(place, 'repo')
    const worktree = path.join(place, 'repo-worktrees', 'task-001')

    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    expect(launched.stderr).to.include(
      `Warning: The worktree of TASK-001 was moved to ${worktree}; git was told, and all that is in it is as it was.`,
    )
    await eventually(
      'the worker to hand back',
      async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready',
    )
    const sessions = await world.sessions()
    expect(sessions.map(({name, codex_session_id}) => [name, codex_session_id])).to.deep.equal(
      had.map(({name, codex_session_id}) => [name, codex_session_id]),
    )
    expect(sessions.map(one => one.worktree)).to.deep.equal([world.root, worktree])
    expect(await world.git('log', '--format=%s', 'codex/task-001-count-to-two')).to.match(/^Count on\nCount\n/)
    expect(await readFile(path.join(worktree, 'unsaved'), 'utf8')).to.equal('two\n')
    expect(world.model.problems).to.deep.equal([])
  })
})
