import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {Change} from '../../src/domain/change.ts'
import type {Task} from '../../src/domain/task.ts'
import {projectPaths} from '../../src/store/paths.ts'
import {readRun} from '../../src/store/runs.ts'
import {conversationFile} from '../../src/system/codex.ts'
import {signalTree} from '../../src/system/process-group.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {jsonIn} from '../support/scripted-model/tool-output.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'

const WORKERS = 10
const CHANGES_EACH_RESTART = 10
const LONGEST_PAUSE_MS = 20_000

const look = {mcp: 'codex-orchestrator-local.wait_events', args: {after: '{{number after after=}}'}}

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [{steps: [{text: 'Ready.'}]}, {when: '[codex-planner]', repeat: true, steps: [look, {text: 'Seen.'}]}],
    },
  ],
}

const luck = chance()

describe(`${counts.changes} tasks handed back by ${WORKERS} workers to a planner that is ended and started meanwhile (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.changes, 10))
  this.bail(true)
  let world: World
  let callers: ManyCalls[]
  let ids: string[]
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    world.env['CODEX_ORCHESTRATOR_TERMINAL_BACKEND'] = 'tmux'
    await world.json(['launch'])
    await plannerIsIdle()
    callers = Array.from({length: WORKERS}, () => manyCalls(world.env))
    ids = await tasksInProgress(counts.changes)
  })
  after(async () => {
    await Promise.all(callers.map(caller => caller.close()))
    await world.close()
  })

  async function plannerIsIdle(): Promise<void> {
    await eventually('the planner to be idle', async () => (await world.session('planner'))?.turn.value === 'idle')
  }

  async function call<Result>(caller: ManyCalls, argv: string[], env: Record<string, string> = {}): Promise<Result> {
    const {code, stdout, stderr} = await caller.run({argv: [...argv, '--json'], cwd: world.root, env})
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Result
  }

  async function tasksInProgress(count: number): Promise<string[]> {
    const [caller] = callers
    if (!caller) throw new RangeError('There is no process for calls.')
    const made: string[] = []
    for (let number = 1; number <= count; number += 1) {
      const {task} = await call<{task: Task}>(caller, ['create-task', `Task ${number}`])
      await call(caller, ['update-task', task.id, '--status', 'in_progress'])
      made.push(task.id)
    }
    return made
  }

  async function handBack(caller: ManyCalls, id: string): Promise<void> {
    await call(caller, ['request-review', id, '--summary', `${id} is done.`], {
      CODEX_ORCHESTRATOR_ROLE: 'worker',
      CODEX_ORCHESTRATOR_SESSION: `worker-${id.toLowerCase()}`,
      CODEX_ORCHESTRATOR_PROJECT: world.root,
    })
  }

  /** Ends the planner, in one of several ways, and gives the plain call that brings it back. */
  async function restart(): Promise<void> {
    const planner = await world.session('planner')
    const {hello} = await readRun(projectPaths(world.root, path.join(world.root, '.git')), planner?.run ?? '')
    const ways = {
      close: () => world.json(['close-session', 'planner']),
      suspend: () => world.json(['suspend']),
      kill: async () => signalTree(hello?.pid ?? 0, {group: true}, 'SIGKILL'),
    }
    await ways[luck.oneOf(['close', 'suspend', 'kill', 'kill'] as const)]()
    await world.json(['launch'])
  }

  /** What `wait_events` showed to the planner as handed back, over all of its conversation. */
  function shown(): string[] {
    const requests = world.model.requests.filter(({rule}) => rule === 'planner')
    const conversations = new Map(requests.map(request => [request.thread, request.outputs]))
    const answers = [...conversations.values()].flat().map(({text}) => jsonIn(text) as {changes: Change[]} | undefined)
    const changes = answers.flatMap(answer => answer?.changes ?? [])
    return changes.filter(({status}) => status === 'review_ready').map(({id}) => id)
  }

  function wakes(): Promise<string[]> {
    const trace = path.join(world.root, '.codex', 'logs', 'orchestrator.jsonl')
    return readFile(trace, 'utf8').then(text => text.split('\n').filter(line => line.includes('"event":"wake"')))
  }

  it('shows each to it once', async () => {
    const waiting = luck.shuffled(ids)
    let done = 0
    let restarts = Promise.resolve()
    const work = async (caller: ManyCalls) => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await delay(luck.number(LONGEST_PAUSE_MS))
        await handBack(caller, id)
        done += 1
        if (done % CHANGES_EACH_RESTART === 0) restarts = restarts.then(restart)
      }
    }
    await Promise.all(callers.map(work))
    await restarts
    await eventually('all to be shown', async () => new Set(shown()).size === ids.length, 120_000)
    await plannerIsIdle()
    expect(shown().toSorted()).to.deep.equal(ids.toSorted())
    expect(world.model.problems).to.deep.equal([])
  })

  it('shows again what the record of its conversation lost with the power of the machine', async () => {
    const [last] = await tasksInProgress(1)
    ids.push(last as string)
    await handBack(callers[0] as ManyCalls, last as string)
    await eventually('it to be shown', async () => shown().includes(last as string))
    await plannerIsIdle()
    const planner = await world.session('planner')
    await world.json(['close-session', 'planner'])
    const file = await conversationFile(world.env['CODEX_HOME'] ?? '', planner?.codex_session_id ?? '')
    const lines = (await readFile(file ?? '', 'utf8')).split('\n')
    const lost = lines.findLastIndex(line => line.includes('call_output') && line.includes(last as string))
    await writeFile(file ?? '', `${lines.slice(0, lost).join('\n')}\n`)
    expect(shown()).to.include(last)
    await world.json(['launch'])
    await world.model.waitFor(({user}) => user.includes('The terminal was opened anew'), 60_000)
    await eventually('it to be shown again', async () => shown().includes(last as string))
    await plannerIsIdle()
    expect(shown().toSorted()).to.deep.equal(ids.toSorted())
  })

  it('says nothing of those that come after shutdown, until it is started again', async () => {
    const late = await tasksInProgress(3)
    await world.json(['shutdown'])
    const [asked, sent] = [world.model.requests.length, (await wakes()).length]
    for (const [index, id] of late.entries()) await handBack(callers[index] as ManyCalls, id)
    expect((await wakes()).length).to.equal(sent)
    await world.json(['launch'])
    await eventually('the rest to be shown', async () => late.every(id => shown().includes(id)))
    await plannerIsIdle()
    expect(shown().toSorted()).to.deep.equal([...ids, ...late].toSorted())
    expect(world.model.requests[asked]?.user).to.include('This conversation goes on.')
  })
})
