import {makeMachine} from '../test/commands/machine.ts'
import {makeBoard} from './boards.ts'
import type {BenchOptions, Figure} from './figure.ts'
import {BASELINE, type Case, columns, inRounds, targetOf} from './rounds.ts'
import {throwAway} from './throw-away.ts'
import {ToolServer} from './tool-server.ts'

const TASKS = 500
/** Until Node has compiled what it runs often. */
const WARM_UP_CALLS = 30
const TARGETS: Readonly<Record<string, string>> = {list_tasks: targetOf(5), update_task: targetOf(15)}

/** What a call of a tool costs in a server that is up, as an agent has it. */
export async function tools({
  isFull,
  rounds = isFull ? 200 : 50,
  installed: install,
  say,
}: BenchOptions): Promise<Figure> {
  const machine = throwAway(await makeMachine())
  try {
    const installed = await install()
    const {root, task} = await makeBoard(machine, installed, 'tools', TASKS)
    const server = new ToolServer([...installed.argv, 'serve-mcp'], {cwd: root, env: machine.env})
    try {
      await server.open()
      const cases = toolCalls(server, task)
      for (let call = 0; call < WARM_UP_CALLS; call += 1) for (const one of cases) await one.time()
      say(`Measuring ${cases.length} tools in ${rounds} rounds.`)
      const measured = await inRounds(cases, rounds)
      return {
        name: 'tools',
        title: `What a call of a tool costs on ${TASKS} tasks, in a server that is up`,
        settings: {tasks: TASKS, rounds},
        rows: [...measured].map(([tool, of]) => ({tool, ...columns(of), target: TARGETS[tool] ?? '-'})),
        notes: [`The ratios are to ${BASELINE}.`],
      }
    } finally {
      await server.close()
    }
  } finally {
    await machine.close()
  }
}

function toolCalls(server: ToolServer, task_id: string): Case[] {
  let changes = 0
  return [
    {name: 'list_tasks', time: () => server.time('list_tasks', {})},
    {name: 'show_task', time: () => server.time('show_task', {task_id})},
    {name: 'update_task', time: () => server.time('update_task', {task_id, title: `Title ${(changes += 1)}`})},
  ]
}
