import {setTimeout as delay} from 'node:timers/promises'

import type {Task} from '../src/domain/task.ts'
import type {Rule} from '../test/support/scripted-model/script.ts'
import {eventually, makeWorld, type World} from '../test/support/world.ts'
import type {BenchOptions, Figure} from './figure.ts'
import {throwAway} from './throw-away.ts'

const planner: Rule = {
  name: 'planner',
  match: {prompt: '# Planner'},
  turns: [
    {steps: [{text: 'Ready.'}]},
    {
      when: '[codex-planner]',
      repeat: true,
      steps: [{mcp: 'codex-orchestrator-local.wait_events', args: {after: '{{number after after=}}'}}, {text: 'Seen.'}],
    },
  ],
}

/** Codex looks for messages about every ten seconds: a change comes at any moment between two looks. */
const LONGEST_PAUSE_MS = 12_000
const PLANNERS = 4

/** From a hand-back that was answered until the planner's turn about it, which is the first request to the model that names it. */
export async function waking({isFull, say}: BenchOptions): Promise<Figure> {
  const each = isFull ? 30 : 4
  say(`Waking ${PLANNERS} planners ${each} times each.`)
  const seconds = (await Promise.all(Array.from({length: PLANNERS}, () => wakes(each))))
    .flat()
    .toSorted((a, b) => a - b)
  const at = (share: number) => rounded(seconds[Math.ceil(share * seconds.length) - 1] ?? Number.NaN)
  return {
    name: 'waking',
    title: `Seconds from an answered hand-back to the turn of an idle planner, ${seconds.length} times`,
    settings: {planners: PLANNERS, each},
    rows: [{least: at(0.000_001), median: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1)}],
    notes: [],
  }
}

async function wakes(times: number): Promise<number[]> {
  const world = throwAway(await makeWorld({script: {rules: [planner]}}))
  try {
    world.env['CODEX_ORCHESTRATOR_TERMINAL_BACKEND'] = 'tmux'
    await world.json(['launch'])
    const seconds: number[] = []
    for (let time = 1; time <= times; time += 1) seconds.push(await wake(world, time))
    if (world.model.problems.length > 0) throw new Error(world.model.problems.join('\n'))
    return seconds
  } finally {
    await world.close()
  }
}

async function wake(world: World, time: number): Promise<number> {
  const {task} = await world.json<{task: Task}>(['create-task', `Task ${time}`])
  await world.json(['update-task', task.id, '--status', 'in_progress'])
  await eventually('the planner to have nothing to do', async () => {
    const session = await world.session('planner')
    return session?.turn.value === 'idle' && session.wake_revision === null
  })
  await delay(Math.random() * LONGEST_PAUSE_MS)
  await world.json(['request-review', task.id, '--summary', 'Done.'])
  const answered = performance.now()
  await world.model.waitFor(({user}) => user.includes(`${task.id} review_ready`), 120_000)
  return (performance.now() - answered) / 1000
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
