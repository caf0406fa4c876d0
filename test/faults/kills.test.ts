import {EventEmitter, once} from 'node:events'
import {existsSync} from 'node:fs'
import {utimes} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {Board} from '../../src/domain/board.ts'
import type {Task} from '../../src/domain/task.ts'
import {projectPaths} from '../../src/store/paths.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, type Told} from '../commands/machine.ts'
import {type ManyCalls, manyCalls, type Outcome} from '../support/many-calls.ts'
import {parsedBoard} from '../support/parsed-board.ts'
import {type Chance, chance} from './chance.ts'
import {counts, patience} from './counts.ts'
import {argvOf, lost, type Operation, unasked} from './ledger.ts'
import {litterIn} from './litter.ts'

const WRITERS = 8
/** Between two kills this many calls are answered at most, and then a moment passes in which a change of the board is half done. */
const MOST_ANSWERS = 6
const LONGEST_PAUSE_MS = 40
/** A task takes no more than a hundred criteria, so that changes go to the newest tasks. */
const NEWEST = 16

const luck = chance()

/** What a writer says when it goes on with what a killed one began, or has to leave that to the next one. */
const FINISHED =
  /^Warning: (?:The hand-back of TASK-\d+ was cut short and is finished now|What an earlier command left could not be finished\. Another codex-planner process is writing \(.*\))\.\n/gm

describe(`${WRITERS} writers, killed ${counts.kills} times at any moment (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.kills, 4))
  let machine: Machine
  let root: string
  let env: NodeJS.ProcessEnv
  const asked: Operation[] = []
  const acknowledged: Operation[] = []
  const faults: string[] = []
  const statuses = new Map<string, string>()
  const created: string[] = []
  const news = new EventEmitter()
  let kills = 0

  before(async () => {
    machine = await makeMachine()
    // A writer that is killed starts again, often.
    env = {...machine.env, NODE_COMPILE_CACHE: path.join(machine.folder, 'compiled')}
    root = await machine.repository('kills')
    await machine.json(['init'], {cwd: root})
    const own = Array.from({length: WRITERS}, (_, index) => ({
      title: `Of writer ${index}`,
      status: 'in_progress' as const,
    }))
    for (const {title} of own) asked.push({kind: 'create', title})
    await putOnBoard(root, {tasks: own})
    for (const id of own.keys()) await machine.json(['update-task', taskId(id)], {cwd: root})
  })
  after(() => machine.close())

  it('lose nothing that was acknowledged, and leave a board that can be read after every kill (I2, F-003, F-004)', async () => {
    const writers = Array.from({length: WRITERS}, (_, index) => startWriter(index))
    for (; kills < counts.kills && faults.length === 0; kills += 1) {
      for (let answers = luck.number(MOST_ANSWERS); answers > 0; answers -= 1) await once(news, 'answer')
      await delay(luck.number(LONGEST_PAUSE_MS))
      const known = acknowledged.slice()
      await luck.oneOf(writers).kill()
      const board = await boardOf(root)
      faults.push(
        ...lost(known, board, root).map(operation => `lost after kill ${kills}: ${argvOf(operation).join(' ')}`),
      )
    }
    await Promise.all(writers.map(writer => writer.stop()))
    expect(faults, `${acknowledged.length} operations acknowledged`).to.deep.equal([])
    const {tasks} = await boardOf(root)
    process.stdout.write(`    ${kills} kills, ${acknowledged.length} acknowledged, ${tasks.length} tasks\n`)
  })

  it('have every acknowledged change on the final board, and no other', async () => {
    const board = await boardOf(root)
    expect(lost(acknowledged, board, root)).to.deep.equal([])
    expect(unasked(asked, board)).to.deep.equal([])
    expect(new Set(board.tasks.map(({id}) => id)).size).to.equal(board.tasks.length)
    const own = board.tasks.filter(({id}) => statuses.has(id))
    expect(Object.fromEntries(own.map(({id, status}) => [id, status]))).to.deep.equal(Object.fromEntries(statuses))
  })

  it('have made a handoff for every task', async () => {
    const {tasks} = await boardOf(root)
    expect(tasks.filter(task => !existsSync(path.join(root, task.handoff_file)))).to.deep.equal([])
  })

  it('leave nothing to repair by hand, and no litter once it is an hour old', async () => {
    const old = new Date(Date.now() - 2 * 3_600_000)
    for (const file of await litterIn(root)) await utimes(file, old, old)
    const {stderr, code} = await machine.run(['create-task', 'After all of it'], {cwd: root})
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(await litterIn(root)).to.deep.equal([])
  })

  interface Writer {
    kill(): Promise<void>
    stop(): Promise<void>
  }

  function startWriter(index: number): Writer {
    const own = chance(luck.seed + index + 1)
    let calls = manyCalls(env)
    const life = {over: false}
    let stopped = 0
    const work = (async () => {
      for (let number = 0; !life.over; number += 1) await perform(nextOperation(index, number, own))
      await calls.close()
    })()
    // A failure of the writer itself is told when it is asked to stop.
    work.catch(() => undefined)

    /** Given again after a kill, as a person would, unless that asks for a second task. */
    async function perform(operation: Operation): Promise<void> {
      asked.push(operation)
      for (let again = true; again; ) {
        const known = own.number(8) === 0 ? acknowledged.slice() : []
        const before = stopped
        const outcome = await answerOf(calls, argvOf(operation))
        if (outcome === 'killed') {
          if (stopped === before) throw new Error(`The program ended by itself in ${argvOf(operation).join(' ')}.`)
          again = operation.kind !== 'create'
          continue
        }
        const refused = outcome.code === 0 ? undefined : codeOf(outcome)
        if (refused !== undefined && refused !== 'BOARD_LOCKED')
          faults.push(`${argvOf(operation).join(' ')}: ${outcome.stdout}`)
        const warned = outcome.stderr.replace(FINISHED, '')
        if (warned !== '') faults.push(`${argvOf(operation).join(' ')} warned: ${warned}`)
        if (refused === undefined) acknowledged.push(operation)
        if (refused === undefined && operation.kind === 'create') created.push(taskOf(outcome).id)
        if (operation.kind === 'hand-back' && refused === undefined) statuses.set(operation.task, 'review_ready')
        if (operation.kind === 'take-up' && refused === undefined) statuses.set(operation.task, 'in_progress')
        again = refused === 'BOARD_LOCKED' && operation.kind !== 'create'
        if (known.length > 0 && !life.over) await look(known)
      }
    }

    /** Whoever reads sees all that was acknowledged before. */
    async function look(known: readonly Operation[]): Promise<void> {
      const outcome = await answerOf(calls, ['list-tasks', '--all'])
      if (outcome === 'killed') return
      const {tasks} = JSON.parse(outcome.stdout) as Pick<Board, 'tasks'>
      const missing = lost(known, {revision: 0, last_task: 0, sessions: [], tasks}, root)
      faults.push(...missing.map(operation => `not in a list: ${argvOf(operation).join(' ')}`))
    }

    async function answerOf(through: ManyCalls, argv: string[]): Promise<Outcome | 'killed'> {
      const before = stopped
      try {
        const outcome = await through.run({argv: [...argv, '--json'], cwd: root})
        news.emit('answer')
        return outcome
      } catch (error) {
        if (stopped === before) throw error
        return 'killed'
      }
    }

    return {
      async kill() {
        const old = calls
        stopped += 1
        calls = manyCalls(env)
        await old.kill()
      },
      async stop() {
        life.over = true
        await work
      },
    }
  }

  function nextOperation(index: number, number: number, own: Chance): Operation {
    const text = `w${index}-${number}`
    const task = taskId(index)
    const kind = own.oneOf(['create', 'add', 'add', 'status'] as const)
    if (kind === 'create') return {kind, title: text}
    if (kind === 'add')
      return {kind, task: created.length < NEWEST ? taskId(index) : own.oneOf(created.slice(-NEWEST)), criterion: text}
    return statuses.get(task) === 'review_ready' ? {kind: 'take-up', task} : {kind: 'hand-back', task, summary: text}
  }
})

function taskId(index: number): string {
  return `TASK-${String(index + 1).padStart(3, '0')}`
}

function boardOf(root: string): Promise<Board> {
  return parsedBoard(projectPaths(root, path.join(root, '.git')))
}

function codeOf({stdout}: Outcome): string {
  return (JSON.parse(stdout) as {error: Told}).error.code
}

function taskOf({stdout}: Outcome): Task {
  return (JSON.parse(stdout) as {task: Task}).task
}
