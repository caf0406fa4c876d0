import type {Client} from '@modelcontextprotocol/sdk/client/index.js'
import {expect} from 'chai'

import type {Task} from '../../src/domain/task.ts'
import {type Machine, makeMachine, program} from '../commands/machine.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {clientOfProcess} from '../support/mcp-client.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'

const PROCESSES = 8
const REQUESTS = 50
const LIMIT = 5
const EACH = 10

const MOST_TRIES = 10

function isBusy(answer: unknown): boolean {
  const {error} = answer as {error?: {code: string}}
  if (error && error.code !== 'BOARD_LOCKED') throw new Error(JSON.stringify(error))
  return error !== undefined
}

interface Granted {
  granted: boolean
  lease?: {id: string; purpose: string}
  queue_position?: number
}

const luck = chance()

describe(`${counts.storms} storms of each kind (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.storms, 90))
  let machine: Machine
  let callers: ManyCalls[]
  let client: Client
  let root: string
  let storm = 0

  before(async () => {
    machine = await makeMachine()
    machine.env['CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES'] = String(LIMIT)
    root = await machine.repository('storms')
    await machine.json(['init'], {cwd: root})
    callers = Array.from({length: PROCESSES}, () => manyCalls(machine.env))
    const argv = [process.execPath, program, 'serve-mcp', '--role', 'planner']
    client = await clientOfProcess(argv, {cwd: root, env: machine.env as Record<string, string>})
  })
  after(async () => {
    await client.close()
    await Promise.all(callers.map(caller => caller.close()))
    await machine.close()
  })

  /** Every process takes the next of these as soon as it is free. */
  async function inParallel<Result>(argvs: readonly string[][]): Promise<Result[]> {
    const results: Result[] = []
    const waiting = [...argvs.entries()]
    const work = async (caller: ManyCalls) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, argv] = next
        results[index] = (await answered(caller, argv)) as Result
      }
    }
    await Promise.all(callers.map(work))
    return results
  }

  /** Whoever is told that the board is busy tries again, as the answer says. */
  async function answered(caller: ManyCalls, argv: readonly string[]): Promise<unknown> {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const {code, stdout, stderr} = await caller.run({argv: [...argv, '--json'], cwd: root})
      const answer = stderr === '' && (code === 0 || code === 3) ? (JSON.parse(stdout) as unknown) : undefined
      if (answer === undefined) throw new Error(`${argv.join(' ')}: ${code} ${stdout}${stderr}`)
      if (!isBusy(answer)) return answer
    }
    throw new Error(`${argv.join(' ')}: the board was busy ${MOST_TRIES} times.`)
  }

  it(`grants each of ${REQUESTS} requests for a lease once, in their order, and never more than ${LIMIT} at a time (I4, MCP G9)`, async () => {
    const ask = async (purposes: readonly string[]) => {
      const argvs = purposes.map(purpose => ['acquire-lease', '--session-name', 'operator', '--purpose', purpose])
      const answers = await inParallel<Granted>(argvs)
      const {leases: held} = await machine.json<{leases: {id: string}[]}>(['list-leases'], {cwd: root})
      const leases = answers.flatMap(({lease}) => lease ?? [])
      expect(held.map(({id}) => id)).to.have.members(leases.map(({id}) => id))
      return {answers, leases}
    }
    for (storm = 1; storm <= counts.storms; storm += 1) {
      const purposes = Array.from({length: REQUESTS}, (_, index) => `storm ${storm}, command ${index}`)
      const first = await ask(purposes)
      expect(first.leases).to.have.length(LIMIT)
      const places = first.answers.map(({queue_position: place}) => place ?? 0)
      const line = purposes
        .map((purpose, index) => ({purpose, place: places[index] ?? 0}))
        .filter(({place}) => place > 0)
        .toSorted((one, other) => one.place - other.place)
      expect(line.map(({place}) => place)).to.deep.equal(line.map((_, index) => index + 1))
      let held = first.leases
      const ids = held.map(({id}) => id)
      while (line.length > 0) {
        await inParallel(held.map(({id}) => ['release-lease', id]))
        const due = line.splice(0, LIMIT).map(({purpose}) => purpose)
        const early = luck.shuffled(line.map(({purpose}) => purpose)).slice(0, LIMIT)
        held = (await ask(luck.shuffled([...due, ...early]))).leases
        expect(held.map(({purpose}) => purpose)).to.have.members(due)
        ids.push(...held.map(({id}) => id))
      }
      await inParallel(held.map(({id}) => ['release-lease', id]))
      expect(new Set(ids).size).to.equal(REQUESTS)
    }
  })

  it(`keeps ${4 * EACH} changes at once, from processes and from a tool server (I2, F-104, MCP G6)`, async () => {
    const tool = async (name: string, input: Record<string, unknown>) => {
      for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
        if (!isBusy((await client.callTool({name, arguments: input})).structuredContent)) return
      }
      throw new Error(`${name}: the board was busy ${MOST_TRIES} times.`)
    }
    for (storm = 1; storm <= counts.storms; storm += 1) {
      const numbers = Array.from({length: EACH}, (_, index) => `${storm}-${index}`)
      const {task: changed} = await machine.json<{task: Task}>(['create-task', `Storm ${storm}`], {cwd: root})
      await Promise.all([
        inParallel(
          luck.shuffled([
            ...numbers.map(number => ['create-task', `Process ${number}`]),
            ...numbers.map(number => ['update-task', changed.id, '--acceptance', `Process ${number}`]),
          ]),
        ),
        ...numbers.map(number => tool('create_task', {title: `Tool ${number}`})),
        ...numbers.map(number => tool('update_task', {task_id: changed.id, acceptance: [`Tool ${number}`]})),
      ])
      const {tasks} = await machine.json<{tasks: Task[]}>(['list-tasks', '--all'], {cwd: root})
      const all = numbers.flatMap(number => [`Process ${number}`, `Tool ${number}`])
      const mine = tasks.slice(-1 - 2 * EACH)
      expect(mine.map(({title}) => title)).to.have.members([`Storm ${storm}`, ...all])
      expect(mine.find(({id}) => id === changed.id)?.acceptance).to.have.members(all)
      expect(tasks.map(({id}) => id)).to.deep.equal(
        tasks.map((_, index) => `TASK-${String(index + 1).padStart(3, '0')}`),
      )
      expect(Math.max(...tasks.map(({revision}) => revision))).to.equal(storm * (1 + 4 * EACH))
    }
  })
})
