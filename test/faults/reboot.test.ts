import {readFile, readlink} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {projectPaths} from '../../src/store/paths.ts'
import {readRun} from '../../src/store/runs.ts'
import type {Rule, Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, type SessionView, tellOnFailure, type World} from '../support/world.ts'
import {counts, isQuick, patience} from './counts.ts'
import {cutPower} from './power.ts'

const TOOLS = 'codex-orchestrator-local'
const IDS = Array.from({length: counts.rebootedWorkers}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)
const NAMES = ['planner', ...IDS.map(id => `worker-${id.toLowerCase()}`)]

const worker = (id: string): Rule => ({
  name: id,
  match: {cwd: `/${id.toLowerCase()}`},
  turns: [
    {
      steps: [
        {mcp: `${TOOLS}.show_task`, args: {task_id: id}},
        {shell: 'echo one > saved && git add saved && git commit -q -m Count && echo two > unsaved'},
        {text: 'Counting.', gate: 'never'},
      ],
    },
    {
      when: 'The team was suspended and goes on now',
      steps: [{shell: 'cat saved unsaved > back'}, {text: 'Still counting.', gate: 'never'}],
    },
    {
      when: 'The planner answered',
      steps: [
        {shell: 'cat back'},
        {mcp: `${TOOLS}.request_review`, args: {task_id: id, summary: 'Counted.'}},
        {text: 'Handed back.'},
      ],
    },
  ],
})

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {steps: [{text: 'I am here.'}]},
        {
          when: 'The team was suspended and goes on now',
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
        {
          when: 'The terminal was opened anew',
          steps: [
            {mcp: `${TOOLS}.wait_events`, args: {after: 0}},
            {mcp: `${TOOLS}.list_sessions`},
            ...IDS.map(task_id => ({
              mcp: `${TOOLS}.resume_task`,
              args: {task_id, note: ['The machine was started anew. Go on.']},
            })),
            {text: 'All are back.'},
          ],
        },
        {
          when: '[codex-planner]',
          repeat: true,
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
      ],
    },
    ...IDS.map(worker),
  ],
}

describe(`a planner and ${IDS.length} workers whose machine loses its power`, function () {
  this.timeout(patience(NAMES.length, 60))
  this.bail(true)
  let world: World
  let sessions: SessionView[]
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    await world.json(['launch'])
    for (const id of IDS) {
      await world.json(['create-task', `Count ${id}`])
      await world.json(['spawn-worker', id])
    }
    sessions = await eventually(
      'all to be at work',
      async () => {
        const all = await world.sessions()
        const busy = await Promise.all(
          all.map(async ({role, worktree}) => role === 'planner' || has(worktree, 'unsaved')),
        )
        return all.every(isUp) && busy.every(Boolean) && all
      },
      patience(NAMES.length, 10),
    )
  })
  after(() => world.close())

  /** The plain call, and how long it took until what it brings back ran again. */
  async function launch(what: string, back: (all: SessionView[]) => boolean): Promise<string> {
    const started = performance.now()
    const {code, stderr} = await world.run([])
    expect(code, stderr).to.equal(0)
    const returned = performance.now()
    await eventually('them to be back', async () => back(await world.sessions()), patience(NAMES.length, 10))
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1)
    if (!isQuick)
      process.stdout.write(
        `    The call took ${seconds(started, returned)} s; ${what} ran after ${seconds(started, performance.now())} s\n`,
      )
    return stderr
  }

  /** Each is there once, on the board, as a process and in a terminal, with its own conversation and folder. */
  async function requireAllBackOnce(): Promise<void> {
    const all = await world.sessions()
    const facts = ({name, codex_session_id, worktree}: SessionView) => [name, codex_session_id, worktree]
    expect(all.map(facts)).to.deep.equal(sessions.map(facts))
    const paths = projectPaths(world.root, path.join(world.root, '.git'))
    for (const {run, worktree, name} of all) {
      const {hello} = await readRun(paths, run)
      expect(await readlink(`/proc/${hello?.pid}/cwd`), name).to.equal(worktree)
    }
    const {stdout} = await world.tmux('list-panes', '-a', '-F', '#{pane_pid} #{pane_id}')
    expect(new Set(stdout.trim().split('\n')).size).to.equal(NAMES.length)
  }

  it('all come back with one plain call when they were suspended before (T14)', async () => {
    await world.json(['suspend'])
    // What is suspended has no process; the lock of the board, the sockets and the boot are what is left to lose.
    await cutPower(world)
    await launch('all', all => all.length === NAMES.length && all.every(isUp))
    await requireAllBackOnce()
    await eventually('all workers to go on', async () => {
      const busy = await Promise.all(
        sessions.map(async ({role, worktree}) => role === 'planner' || has(worktree, 'back')),
      )
      return busy.every(Boolean)
    })
    for (const {name, codex_session_id, worktree} of sessions.slice(1)) {
      const asked = world.model.requests.filter(({user}) => user.includes('The team was suspended and goes on now'))
      const threads = asked.filter(({cwd}) => cwd === worktree).map(({thread}) => thread)
      expect(new Set(threads), name).to.deep.equal(new Set([codex_session_id]))
      expect(await readFile(path.join(worktree, 'back'), 'utf8')).to.equal('one\ntwo\n')
    }
  })

  it('the planner comes back with one plain call and brings back those who were at work; leases are void (F-061)', async () => {
    await world.json(['acquire-lease', '--session-name', NAMES[1] ?? '', '--purpose', 'build'])
    await cutPower(world)
    const {leases} = await world.json<{leases: unknown[]}>(['list-leases'])
    expect(leases).to.deep.equal([])
    expect((await world.sessions()).map(({process}) => process.value)).to.deep.equal(NAMES.map(() => 'gone'))
    const told = await launch('the planner', all => all.find(({name}) => name === 'planner')?.status === 'running')
    expect(told).to.match(
      /4\. Look after sessions that ended: .*ended without a word; worktree and conversation are kept/,
    )
    for (const name of NAMES) expect(told).to.include(name)
    await eventually(
      'all workers to hand back',
      async () => (await world.tasks()).every(({status}) => status === 'review_ready'),
      patience(NAMES.length, 10),
    )
    await requireAllBackOnce()
    for (const {codex_session_id, worktree, name} of sessions.slice(1)) {
      const asked = world.model.requests.filter(
        ({user, cwd}) => cwd === worktree && user.includes('The planner answered'),
      )
      expect(new Set(asked.map(({thread}) => thread)), name).to.deep.equal(new Set([codex_session_id]))
    }
    expect(world.model.problems).to.deep.equal([])
  })
})

function isUp({status, process, codex_session_id}: SessionView): boolean {
  return status === 'running' && process.value === 'alive' && codex_session_id !== null
}

async function has(folder: string, file: string): Promise<boolean> {
  try {
    await readFile(path.join(folder, file))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
