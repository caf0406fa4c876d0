import {cp, rm} from 'node:fs/promises'
import path from 'node:path'

import {type Machine, makeMachine} from '../test/commands/machine.ts'
import {type BenchBoard, makeBoard} from './boards.ts'
import type {BenchOptions, Figure, Row} from './figure.ts'
import type {Installed} from './installed.ts'
import {BASELINE, type Case, columns, inRounds} from './rounds.ts'
import {median, rounded} from './statistics.ts'
import {throwAway} from './throw-away.ts'
import {startToEnd} from './timing.ts'
import {untilTools} from './tool-server.ts'

/** The largest takes longer than all else together, so the short form leaves it out. */
const SIZES = {short: [10, 500], full: [10, 500, 5000]}

/** Times `node -e 0`; the largest board may cost what the others do. */
const TARGETS: Readonly<Record<string, string>> = {
  '--version': '1.15',
  '--help': '2.1',
  'TAB, a command': '1.6',
  'TAB, a task': '1.6',
  'list-tasks --json': '1.75',
  'update-task': '2.3',
  'serve-mcp': '2.9, 65 MB',
}

/** What a call costs until it has ended; of the tool server, until it has told its tools. */
export async function startup({
  isFull,
  rounds = isFull ? 30 : 10,
  installed: install,
  say,
}: BenchOptions): Promise<Figure> {
  const machine = throwAway(await makeMachine())
  try {
    const installed = await install()
    say('Making boards.')
    const cases = [
      ...without(machine, installed),
      ...(await withBoards(machine, installed, isFull ? SIZES.full : SIZES.short)),
    ]
    const memory: number[] = []
    cases.push(toolServer(machine, installed, await makeBoard(machine, installed, 'served', 500), memory))
    say(`Measuring ${cases.length} calls in ${rounds} rounds.`)
    const measured = await inRounds(cases, rounds)
    const rows = [...measured].map(([name, of]): Row => {
      const [call = '', tasks = '-'] = name.split(' @ ')
      const mb = call === 'serve-mcp' ? rounded(median(memory), 1) : '-'
      return {call, tasks, ...columns(of), mb, target: TARGETS[call] ?? '-'}
    })
    return {
      name: 'startup',
      title: `What a call costs, as a ratio to ${BASELINE}`,
      settings: {rounds},
      rows,
      notes: [],
    }
  } finally {
    await machine.close()
  }
}

function without({home: cwd, env}: Machine, {argv}: Installed): Case[] {
  const calls: [name: string, words: string[]][] = [
    ['--version', ['--version']],
    ['--help', ['--help']],
    ['TAB, a command', ['internal', 'complete', 'bash', '--', 'li']],
  ]
  return calls.map(([name, words]) => ({name, time: () => startToEnd([...argv, ...words], {cwd, env})}))
}

async function withBoards(machine: Machine, installed: Installed, sizes: readonly number[]): Promise<Case[]> {
  const cases: Case[] = []
  for (const size of sizes) {
    const board = await makeBoard(machine, installed, `board-${size}`, size)
    const pristine = await makeBoard(machine, installed, `create-${size}`, size)
    cases.push(...onBoard(machine, installed, size, board), createTask(machine, installed, size, pristine))
  }
  return cases
}

function onBoard({env}: Machine, {argv}: Installed, size: number, {root: cwd, task}: BenchBoard): Case[] {
  let changes = 0
  const calls: [name: string, words: () => string[]][] = [
    ['list-tasks --json', () => ['list-tasks', '--json']],
    ['show-task', () => ['show-task', task, '--json']],
    ['update-task', () => ['update-task', task, '--title', `Title ${(changes += 1)}`]],
    ['TAB, a task', () => ['internal', 'complete', 'bash', '--', 'show-task', 'TASK-']],
  ]
  return calls.map(([name, words]) => ({
    name: `${name} @ ${size}`,
    time: () => startToEnd([...argv, ...words()], {cwd, env}),
  }))
}

/** Each time on a copy, so that the board does not grow; it is read once, as a board that is in use has been. */
function createTask({env}: Machine, {argv}: Installed, size: number, {root}: BenchBoard): Case {
  const cwd = path.join(path.dirname(root), `${path.basename(root)}-copy`)
  const words = ['create-task', 'Refuse names without letters', '--acceptance', 'An empty name is refused.']
  return {
    name: `create-task @ ${size}`,
    prepare: async () => {
      await rm(cwd, {recursive: true, force: true})
      await cp(root, cwd, {recursive: true, preserveTimestamps: true})
      await startToEnd([...argv, 'list-tasks', '--json'], {cwd, env})
    },
    time: () => startToEnd([...argv, ...words], {cwd, env}),
  }
}

function toolServer({env}: Machine, {argv}: Installed, {root: cwd}: BenchBoard, memories: number[]): Case {
  return {
    name: 'serve-mcp @ 500',
    time: async () => {
      const {time, memory} = await untilTools([...argv, 'serve-mcp'], {cwd, env})
      memories.push(memory)
      return time
    },
  }
}
