import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {changeSession} from '../src/domain/session.ts'
import type {SessionView} from '../src/services/sessions.ts'
import {openBoard} from '../src/store/board.ts'
import {projectPaths} from '../src/store/paths.ts'
import {putOnBoard} from '../test/commands/boards.ts'
import {type Machine, runProgram} from '../test/commands/machine.ts'
import {STAND_INS, teamMachine} from '../test/support/team-machine.ts'
import type {BenchOptions, Figure} from './figure.ts'
import type {Installed} from './installed.ts'
import {BASELINE, columns, inRounds, targetOf} from './rounds.ts'
import {rounded} from './statistics.ts'
import {throwAway} from './throw-away.ts'
import {startToEnd} from './timing.ts'
import {ToolServer} from './tool-server.ts'

const AT_ONCE = 4

/** What it costs to look at every session of a large team: its process, its terminal, and the end of its conversation's record. */
export async function sessions({
  isFull,
  rounds = isFull ? 30 : 10,
  installed: install,
  say,
}: BenchOptions): Promise<Figure> {
  const count = isFull ? 100 : 20
  const machine = throwAway(await teamMachine(STAND_INS.alone))
  try {
    const installed = await install()
    const [none, many] = [
      await board(machine, installed, 'none', count),
      await board(machine, installed, 'many', count),
    ]
    say(`Starting ${count} sessions.`)
    await startSessions(machine, installed, many, count)
    await giveConversations(machine, many)
    await requireAlive(machine, installed, many, count)
    const call = (root: string) => () =>
      startToEnd([...installed.argv, 'list-sessions', '--json'], {cwd: root, env: machine.env})
    say(`Listing them in ${rounds} rounds.`)
    const measured = await inRounds(
      [
        {name: '0', time: call(none)},
        {name: String(count), time: call(many)},
      ],
      rounds,
    )
    const least = measured.get('0')
    return {
      name: 'sessions',
      title: `What list-sessions --json costs on ${count} tasks, as a ratio to ${BASELINE}`,
      settings: {sessions: count, rounds, record_kib: RECORD_LINES * 2},
      rows: [...measured].map(([name, of]) => {
        if (name !== String(count) || !least)
          return {sessions: name, ...columns(of), more_ms: '-', more: '-', target: '-'}
        const more_ms = rounded(of.milliseconds.median - least.milliseconds.median, 1)
        const more = rounded(of.ratio.median - least.ratio.median, 2)
        return {sessions: name, ...columns(of), more_ms, more, target: `${targetOf(50)} more for 100`}
      }),
      notes: [],
    }
  } finally {
    await machine.close()
  }
}

async function board(machine: Machine, {argv}: Installed, name: string, tasks: number): Promise<string> {
  const root = await machine.repository(name)
  await startToEnd([...argv, 'init'], {cwd: root, env: machine.env})
  await putOnBoard(root, {tasks: Array.from({length: tasks}, (_, index) => ({title: `Task ${index + 1}`}))})
  return root
}

async function startSessions({env}: Machine, {argv}: Installed, root: string, count: number): Promise<void> {
  const server = new ToolServer([...argv, 'serve-mcp'], {cwd: root, env})
  try {
    await server.open()
    const waiting = Array.from({length: count}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await server.call('spawn_worker', {task_id: id})
      }
    }
    await Promise.all(Array.from({length: AT_ONCE}, work))
  } finally {
    await server.close()
  }
}

/** More than what is read of one. */
const RECORD_LINES = 150
const LINE_BYTES = 2000

/** A conversation for each, whose turn is over, in a record as long as one of some hours. */
async function giveConversations({env}: Machine, root: string): Promise<void> {
  const now = new Date()
  const [month, date] = [now.getMonth() + 1, now.getDate()].map(number => String(number).padStart(2, '0'))
  const folder = path.join(env['CODEX_HOME'] ?? '', 'sessions', String(now.getFullYear()), month ?? '', date ?? '')
  await mkdir(folder, {recursive: true})
  const store = openBoard(projectPaths(root, path.join(root, '.git')))
  const {sessions: all} = await store.read()
  const talks = all.map(({run, worktree}, index) => ({run, worktree, id: conversationId(now.getTime(), index)}))
  for (const {worktree, id} of talks) {
    await writeFile(
      path.join(folder, `rollout-${now.toISOString().slice(0, 19)}-${id}.jsonl`),
      record(id, worktree, now),
    )
  }
  await store.change(before => [
    talks.reduce((board, {run, id}) => changeSession(board, run, {codex_session_id: id}), before),
    null,
  ])
}

/** A UUID of version 7. */
function conversationId(time: number, number: number): string {
  const hex = time.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`
}

function record(id: string, cwd: string, at: Date): string {
  const line = (type: string, payload: object) => `${JSON.stringify({timestamp: at.toISOString(), type, payload})}\n`
  const content = [{type: 'output_text', text: 'x'.repeat(LINE_BYTES)}]
  return [
    line('session_meta', {id, cwd}),
    line('event_msg', {type: 'task_started'}),
    ...Array.from({length: RECORD_LINES}, () => line('response_item', {type: 'message', role: 'assistant', content})),
    line('event_msg', {type: 'task_complete', last_agent_message: 'Done.'}),
  ].join('')
}

/** What is measured is a team that is there: all of it alive, and at rest. */
async function requireAlive(
  {env}: Machine,
  {argv: [node = '', ...rest]}: Installed,
  cwd: string,
  count: number,
): Promise<void> {
  const {stdout} = await runProgram(node, [...rest, 'list-sessions', '--json'], {cwd, env})
  const {sessions: all} = JSON.parse(stdout) as {sessions: SessionView[]}
  const well = all.filter(({process, turn}) => process.value === 'alive' && turn.value === 'idle')
  if (well.length !== count)
    throw new Error(`Of ${count} sessions ${well.length} are alive and idle: ${stdout.slice(0, 2000)}`)
}
