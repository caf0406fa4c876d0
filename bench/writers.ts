import path from 'node:path'

import {openBoard} from '../src/store/board.ts'
import {projectPaths} from '../src/store/paths.ts'
import {type Machine, makeMachine} from '../test/commands/machine.ts'
import {makeBoard} from './boards.ts'
import type {BenchOptions, Figure, Row} from './figure.ts'
import type {Installed} from './installed.ts'
import {BASELINE, baselineTime, targetOf} from './rounds.ts'
import {quantile, rounded} from './statistics.ts'
import {throwAway} from './throw-away.ts'
import {ToolServer} from './tool-server.ts'

const TASKS = 100

interface Storm {
  servers: number
  /** Of each server, one after the other without a pause. */
  updates: number
}

/** What those wait that write to one board at the same time. The processes are up already, so that they do write at the same time. */
export async function writers({isFull, installed: install, say}: BenchOptions): Promise<Figure> {
  const storms: Storm[] = isFull
    ? [
        {servers: 20, updates: 20},
        {servers: 50, updates: 20},
      ]
    : [{servers: 20, updates: 10}]
  const machine = throwAway(await makeMachine())
  try {
    const installed = await install()
    const baseline = await baselineTime()
    const rows: Row[] = []
    for (const storm of storms) {
      say(`Having ${storm.servers} tool servers change one board ${storm.updates} times each.`)
      rows.push(await weather(machine, installed, storm, baseline))
    }
    return {
      name: 'writers',
      title: `Tool servers that all change a board of ${TASKS} tasks at once, with milliseconds until the answer`,
      settings: {tasks: TASKS, baseline_ms: rounded(baseline, 1)},
      rows,
      notes: [
        `The ratio is of the longest wait to ${BASELINE} just before, ${baseline.toFixed(1)} ms.`,
        'With its first change a server loads what it needs for changes. `later` is the longest wait after that.',
      ],
    }
  } finally {
    await machine.close()
  }
}

async function weather(machine: Machine, installed: Installed, storm: Storm, baseline: number): Promise<Row> {
  const {servers: count, updates} = storm
  const {root, open} = await makeBoard(machine, installed, `writers-${count}`, TASKS)
  const servers: ToolServer[] = []
  try {
    for (let number = 0; number < count; number += 1) {
      const server = new ToolServer([...installed.argv, 'serve-mcp'], {cwd: root, env: machine.env})
      servers.push(server)
      await server.open()
    }
    const each = await Promise.all(servers.map((server, number) => changeOften(server, number, updates, open)))
    const waits = each.flatMap(({waits}) => waits)
    const longest = Math.max(...waits)
    return {
      servers: count,
      updates: count * updates,
      lost: (
        await lost(
          root,
          each.flatMap(({written}) => written),
        )
      ).length,
      refused: each.reduce((sum, {refused}) => sum + refused, 0),
      p50: rounded(quantile(waits, 0.5), 0),
      p95: rounded(quantile(waits, 0.95), 0),
      longest: rounded(longest, 0),
      later: rounded(Math.max(...each.flatMap(({waits}) => waits.slice(1))), 0),
      ratio: rounded(longest / baseline, 1),
      target: `0 lost, ${targetOf(1000)}`,
    }
  } finally {
    await Promise.all(servers.map(server => server.close()))
  }
}

interface Changes {
  /** Until the change was made, however often it was refused before. */
  waits: number[]
  refused: number
  written: string[]
}

/** Adds a line of its own to one task after the other. */
async function changeOften(
  server: ToolServer,
  number: number,
  updates: number,
  ids: readonly string[],
): Promise<Changes> {
  const changes: Changes = {waits: [], refused: 0, written: []}
  for (let update = 0; update < updates; update += 1) {
    const [task_id, line] = [ids[(number + update) % ids.length], `Change ${update} of server ${number}`]
    const begun = performance.now()
    while (await isRefused(server, {task_id, acceptance: [line]})) changes.refused += 1
    changes.waits.push(performance.now() - begun)
    changes.written.push(line)
  }
  return changes
}

async function isRefused(server: ToolServer, change: Record<string, unknown>): Promise<boolean> {
  const {isError, structuredContent} = await server.ask('update_task', change)
  if (isError && structuredContent?.error?.code !== 'BOARD_LOCKED') throw new Error(JSON.stringify(structuredContent))
  return isError === true
}

/** What a server was told is written, and is not on the board. */
async function lost(root: string, written: readonly string[]): Promise<string[]> {
  const {tasks} = await openBoard(projectPaths(root, path.join(root, '.git'))).read()
  const there = new Set(tasks.flatMap(({acceptance}) => acceptance))
  return written.filter(line => !there.has(line))
}
