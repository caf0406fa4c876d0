import {mkdir} from 'node:fs/promises'
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
            {mcp: `${TOOLS}.create_task`, args: {title: 'Count to three'}},
            {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-001'}},
            {text: 'One worker is at work.'},
          ],
        },
        {
          when: 'This conversation goes on',
          steps: [
            {mcp: `${TOOLS}.wait_events`, args: {after: 0}},
            {mcp: `${TOOLS}.list_sessions`},
            {mcp: `${TOOLS}.resume_task`, args: {task_id: 'TASK-001', note: ['The machine had a hiccup. Go on.']}},
            {text: 'The worker is back.'},
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
            {mcp: `${TOOLS}.show_task`, args: {task_id: 'TASK-001'}},
            {shell: `echo one > count && git add count && git commit -q -m 'Count to one' && echo two > unsaved`},
            {text: 'Counting.', gate: 'never'},
          ],
        },
        {
          when: 'The planner answered',
          steps: [
            {shell: `cat count unsaved`},
            {mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'Counted.'}},
            {text: 'Handed back.'},
          ],
        },
      ],
    },
  ],
}

for (const model of ['scripted-plain', 'gpt-6-sol']) {
  describe(`the morning after, with the model ${model}`, function () {
    this.timeout(240_000)
    let world: World
    tellOnFailure(() => world)

    before(async () => {
      world = await makeWorld({script, model})
    })
    after(() => world.close())

    it('a killed tmux server costs nobody their conversation or their files (F-029, F-035)', async () => {
      await world.json<Launched>(['launch'])
      await eventually('the worker to have committed', async () => {
        const {branch} = (await world.tasks())[0] ?? {}
        return branch && (await world.git('log', '--format=%s', branch)).includes('Count to one')
      })
      const before = await eventually('both conversations', async () => {
        const all = await world.sessions()
        return all.length === 2 && all.every(({codex_session_id}) => codex_session_id !== null) && all
      })
      process.kill(Number((await world.tmux('display-message', '-p', '#{pid}')).stdout), 'SIGKILL')
      await eventually('the server to be gone', async () => (await world.tmux('list-sessions')).code !== 0)

      const launched = await world.run([])
      expect(launched.code, launched.stderr).to.equal(0)
      expect(launched.stderr).to.match(
        /4\. Look after sessions that ended: .*planner.*ended without a word; worktree and conversation are kept/,
      )
      expect(launched.stderr).to.include(
        `6. Resume conversations: planner, conversation ${before[0]?.codex_session_id}`,
      )

      await eventually(
        'the worker to hand back',
        async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready',
      )
      const after = await world.sessions()
      expect(after.map(({name, codex_session_id}) => [name, codex_session_id])).to.deep.equal(
        before.map(({name, codex_session_id}) => [name, codex_session_id]),
      )
      const worker = world.model.requests.find(
        ({user, cwd}) => cwd.endsWith('/task-001') && user.includes('The planner answered'),
      )
      expect(worker?.thread).to.equal(before[1]?.codex_session_id)
      expect(world.model.problems).to.deep.equal([])
    })

    it('a launch from a subdirectory and from a worktree finds the same planner', async () => {
      const root = await world.session('planner')
      const below = path.join(world.root, 'deep', 'down')
      await mkdir(below, {recursive: true})
      const {worktree} = taskIn(await world.tasks(), 'TASK-001')
      for (const cwd of [below, worktree ?? '']) {
        const {planner, steps} = await world.json<Launched>(['launch'], {cwd})
        expect(planner.run, cwd).to.equal(root?.run)
        expect(steps[6], cwd).to.deep.include({title: 'Reuse the running planner', status: 'done'})
      }
    })
  })
}
