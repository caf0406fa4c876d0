import {setTimeout as delay} from 'node:timers/promises'

import type {Rule} from '../test/support/scripted-model/script.ts'
import {eventually, makeWorld, program, type World} from '../test/support/world.ts'
import type {BenchOptions, Figure} from './figure.ts'
import {type Usage, usageBelow} from './processes.ts'
import {throwAway} from './throw-away.ts'

const TOOLS = 'codex-orchestrator-local'

const planner: Rule = {
  name: 'planner',
  match: {prompt: '# Planner'},
  turns: [
    {steps: [{text: 'Ready.'}]},
    {when: '[codex-planner]', repeat: true, steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}]},
  ],
}
const worker: Rule = {name: 'worker', match: {cwd: '/task-'}, turns: [{steps: [{text: 'Ready.'}]}]}

/**
 * No request to the model for so long means that the team has come to rest. A tool server looks once, 65 s after its start, and after its last
 * work Node gives memory back for up to two minutes.
 */
const QUIET_MS = 200_000
const LONGEST_START_MS = 900_000

/** What a team costs in which nobody has anything to do: the real Codex, with a model that says one word. */
export async function idle({isFull, say}: BenchOptions): Promise<Figure> {
  const [workers, seconds] = isFull ? [20, 300] : [5, 60]
  const world = throwAway(await makeWorld({script: {rules: [planner, worker]}}))
  try {
    say(`Starting a planner and ${workers} workers.`)
    await start(world, workers)
    say('Waiting until nobody has anything to do.')
    await rest(world, workers)
    const server = Number((await world.tmux('display-message', '-p', '#{pid}')).stdout)
    const [requests, before] = [world.model.requests.length, usageBelow(server)]
    say(`Measuring for ${seconds} seconds.`)
    await delay(seconds * 1000)
    const [after, asked] = [usageBelow(server), world.model.requests.length - requests]
    const rows = GROUPS.map(({group}) => ({group, ...spent(group, before, after)}))
    return {
      name: 'idle',
      title: `A planner and ${workers} workers that have nothing to do, for ${seconds} seconds`,
      settings: {workers, seconds, model_requests: asked},
      rows,
      notes: [`Requests to the model in that time, of all sessions together: ${asked}.`],
    }
  } finally {
    await world.close()
  }
}

async function start(world: World, workers: number): Promise<void> {
  world.env['CODEX_ORCHESTRATOR_TERMINAL_BACKEND'] = 'tmux'
  await world.json(['launch'])
  for (let number = 1; number <= workers; number += 1) {
    const {task} = await world.json<{task: {id: string}}>(['create-task', `Task ${number}`])
    await world.json(['spawn-worker', task.id])
  }
}

async function rest(world: World, workers: number): Promise<void> {
  await eventually(
    'every session to be idle',
    async () => {
      const idle = (await world.sessions()).filter(({turn}) => turn.value === 'idle')
      if (idle.length < workers + 1) return false
      const asked = world.model.requests.length
      await delay(QUIET_MS)
      return world.model.requests.length === asked
    },
    LONGEST_START_MS,
  )
}

/** The first whose pattern is in the command line. */
const GROUPS: {group: string; pattern: string}[] = [
  {group: 'ours: tool servers', pattern: `${program} serve-mcp `},
  {group: 'ours: session scripts', pattern: '/.codex/state/runs/'},
  {group: 'terminals: tmux', pattern: 'tmux '},
  {group: 'Codex', pattern: 'codex'},
  {group: 'all else', pattern: ''},
]

function groupOf({command}: Usage): string | undefined {
  return GROUPS.find(({pattern}) => command.includes(pattern))?.group
}

function spent(group: string, before: ReadonlyMap<number, Usage>, after: ReadonlyMap<number, Usage>) {
  const mine = (all: ReadonlyMap<number, Usage>) => [...all].filter(([, usage]) => groupOf(usage) === group)
  const stayed = mine(after).flatMap(([pid, now]) => {
    const then = before.get(pid)
    return then ? [{cpu: now.cpuSeconds - then.cpuSeconds, wakeups: now.wakeups - then.wakeups}] : []
  })
  return {
    processes: stayed.length,
    cpu_seconds: Math.round(stayed.reduce((sum, {cpu}) => sum + cpu, 0) * 100) / 100,
    wakeups: stayed.reduce((sum, {wakeups}) => sum + wakeups, 0),
    begun: mine(after).filter(([pid]) => !before.has(pid)).length,
    ended: mine(before).filter(([pid]) => !after.has(pid)).length,
  }
}
