import {createHash} from 'node:crypto'
import path from 'node:path'

import type {Task, TaskStatus} from '../src/domain/task.ts'
import {putOnBoard} from '../test/commands/boards.ts'
import type {Machine} from '../test/commands/machine.ts'
import type {Installed} from './installed.ts'
import {startToEnd} from './timing.ts'

/** A repository whose board is of one size, and what commands can ask it for. */
export interface BenchBoard {
  root: string
  /** Ids of the tasks that are open, in their order. */
  open: string[]
  /** One in the middle of these. */
  task: string
}

/** The last ones are open; a team has only so many under way, however many it has done. */
const MOST_OPEN = 300
const OPEN: readonly TaskStatus[] = ['todo', 'in_progress', 'todo', 'review_ready', 'todo', 'blocked']

/** Made as the program keeps it, and changed once by the program, so that it is in the state that the program leaves. */
export async function makeBoard(machine: Machine, {argv}: Installed, name: string, tasks: number): Promise<BenchBoard> {
  const root = await machine.repository(name)
  const run = (...words: string[]) => startToEnd([...argv, ...words], {cwd: root, env: machine.env})
  await run('init')
  const closed = tasks - Math.min(Math.ceil(tasks / 2), MOST_OPEN)
  const numbers = Array.from({length: tasks}, (_, index) => index + 1)
  await putOnBoard(root, {tasks: numbers.map(number => realisticTask(root, number, number > closed))})
  const open = numbers.slice(closed).map(idOf)
  const task = open[Math.floor(open.length / 2)] ?? ''
  await run('update-task', task, '--priority', 'high')
  return {root, open, task}
}

/** Every field is filled; about 700 bytes in the file. */
function realisticTask(root: string, number: number, isOpen: boolean): Partial<Task> {
  const id = idOf(number)
  const status = isOpen ? (OPEN[number % OPEN.length] ?? 'todo') : number % 20 === 0 ? 'cancelled' : 'done'
  return {
    title: `Refuse names without letters in part ${number}`,
    description: 'A name without a letter passes the check and is found only when the invoice is printed.',
    status,
    owner: `worker-${id.toLowerCase()}`,
    priority: number % 9 === 0 ? 'high' : 'normal',
    depends_on: number > 3 ? [idOf(number - 3)] : [],
    write_scope: [`src/import/part-${number}.ts`, `test/import/part-${number}.test.ts`],
    read_scope: ['src/names.ts'],
    acceptance: ['An empty name is refused with its line.'],
    branch: `codex/${id.toLowerCase()}-refuse-names`,
    worktree: path.join(`${root}-worktrees`, id.toLowerCase()),
    base_commit: createHash('sha1').update(id).digest('hex'),
  }
}

function idOf(number: number): string {
  return `TASK-${String(number).padStart(3, '0')}`
}
