import {spawn} from 'node:child_process'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import type {Spawned} from '../../src/services/workers.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, program, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'
const five = [1, 2, 3, 4, 5]

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {
          steps: [
            {
              parallel: five.map(number => ({mcp: `${TOOLS}.create_task`, args: {title: `By tool ${number}`}})),
              gate: 'storm',
            },
            {text: 'Five tasks.'},
          ],
        },
        {when: '[codex-planner]', repeat: true, steps: [{text: 'Seen.'}]},
      ],
    },
  ],
}

for (const model of ['scripted-plain', 'gpt-6-sol']) {
  describe(`many writers at once, with the model ${model}`, function () {
    this.timeout(180_000)
    let world: World
    tellOnFailure(() => world)

    before(async () => {
      world = await makeWorld({script, model})
    })
    after(() => world.close())

    it('four launches at once in a fresh repository leave one planner (F-101)', async () => {
      const launched = await Promise.all([1, 2, 3, 4].map(() => world.json<Launched>(['launch'])))
      expect(new Set(launched.map(({planner}) => planner.run)).size).to.equal(1)
      expect((await world.sessions()).map(({name, process}) => [name, process.value])).to.deep.equal([
        ['planner', 'alive'],
      ])
    })

    it('five tool calls and six processes make eleven numbered tasks', async () => {
      const processes = [1, 2, 3, 4, 5, 6].map(number => world.json(['create-task', `By process ${number}`]))
      world.model.release('storm')
      await Promise.all(processes)
      const tasks = await eventually('eleven tasks', async () => {
        const all = await world.tasks()
        return all.length >= 11 && all
      })
      expect(tasks.map(({id}) => id)).to.deep.equal(
        Array.from({length: 11}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`),
      )
      expect(tasks.map(({title}) => title).toSorted()).to.deep.equal([
        ...[1, 2, 3, 4, 5, 6].map(number => `By process ${number}`),
        ...five.map(number => `By tool ${number}`),
      ])
      expect(new Set(tasks.map(({revision}) => revision)).size).to.equal(11)
      expect(world.model.problems).to.deep.equal([])
    })

    it('four spawns of one task at once leave one worker (MCP G7, I4)', async () => {
      const spawned = await Promise.all([1, 2, 3, 4].map(() => world.json<Spawned>(['spawn-worker', 'TASK-001'])))
      expect(new Set(spawned.map(({session}) => session.run)).size).to.equal(1)
      expect(spawned.filter(({already_running}) => !already_running)).to.have.length(1)
      const names = (await world.tmux('list-sessions', '-F', '#{session_name}')).stdout.trim().split('\n')
      expect(names.filter(name => name.endsWith('worker-task-001'))).to.have.length(1)
      expect((await world.git('worktree', 'list')).trim().split('\n')).to.have.length(2)
    })

    it('a spawn that is killed at any moment is finished or taken back by the next one (F-006 to F-013)', async () => {
      for (const [index, milliseconds] of [100, 250, 400, 550, 700, 900, 1200].entries()) {
        const id = `TASK-${String(index + 2).padStart(3, '0')}`
        const child = spawn(process.execPath, [program, 'spawn-worker', id], {
          cwd: world.root,
          env: world.env,
          stdio: 'ignore',
        })
        await delay(milliseconds)
        child.kill('SIGKILL')
        const {session} = await eventually(`${id} to be spawned after all`, async () => {
          const {code, stdout, stderr} = await world.run(['spawn-worker', id, '--json'])
          if (code !== 0 && code !== 3) throw new Error(stdout + stderr)
          return code === 0 && (JSON.parse(stdout) as Spawned)
        })
        const running = await eventually(`${session.name} to run`, async () => {
          const session = await world.session(`worker-${id.toLowerCase()}`)
          return session?.status === 'running' && session
        })
        expect(running.process.value, id).to.equal('alive')
        expect(running.terminal, id).not.to.equal(null)
        await world.json(['close-worker', running.name, '--task-status', 'cancelled'])
      }
      expect((await world.tmux('list-sessions', '-F', '#{session_name}')).stdout).not.to.match(/worker-task-00[2-9]/)
    })
  })
}
