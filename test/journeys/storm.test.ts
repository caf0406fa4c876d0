import {expect} from 'chai'

import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, type World} from '../support/world.ts'

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
      ],
    },
  ],
}

for (const model of ['scripted-plain', 'gpt-6-sol']) {
  describe(`many writers at once, with the model ${model}`, function () {
    this.timeout(180_000)
    let world: World

    before(async () => {
      world = await makeWorld({script, model})
    })
    after(() => world.close())

    it('five tool calls and six processes make eleven numbered tasks', async () => {
      await world.json(['launch'])
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
  })
}
