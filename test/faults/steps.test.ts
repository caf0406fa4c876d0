import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {CRASH_AT, type Operation, STEPS} from '../../src/domain/intent.ts'
import type {Checkup} from '../../src/services/doctor.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, runProgram, taskIn, tellOnFailure, type World} from '../support/world.ts'

/** A worker says one line and then waits for whatever it is told. */
const script: Script = {
  rules: [
    {name: 'planner', match: {prompt: '# Planner'}, turns: [{steps: [{text: 'Here.'}]}]},
    {name: 'worker', match: {cwd: '/task-'}, turns: [{steps: [{text: 'Ready.'}]}]},
  ],
}

const IDS = [1, 2, 3, 4, 5, 6].map(number => `TASK-00${number}`)
const worker = (id: string) => `worker-${id.toLowerCase()}`

/** Where each operation is killed: once it is on record, and after each step before that is noted. */
const points = (operation: Operation): string[] => ['begin', ...STEPS[operation]]

const STARTS: Record<string, string> = {
  begin: 'F-006',
  claim: 'F-006',
  worktree: 'F-010',
  script: 'F-010',
  terminal: 'F-012',
  up: 'F-013',
}

describe('a command that is killed at a named step, and then given again', function () {
  this.timeout(240_000)
  let world: World
  const reached = new Set<string>()
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script})
    await world.json(['init'])
    for (const id of IDS) await world.json(['create-task', `The work of ${id}`])
  })
  after(() => world.close())

  /** The same command line twice: first it dies at the point, then nothing stops it. */
  async function killedThenAgain(point: string, argv: readonly string[], cwd = world.root): Promise<void> {
    const killed = await world.run(argv, {cwd, env: {[CRASH_AT]: point}})
    expect(killed.code, `${argv.join(' ')} at ${point}: ${killed.stdout}${killed.stderr}`).to.equal(null)
    reached.add(point)
    const again = await world.run(argv, {cwd})
    expect(again.code, `${argv.join(' ')} after ${point}: ${again.stdout}${again.stderr}`).to.equal(0)
  }

  async function nothingIsLeft(root = world.root): Promise<void> {
    const {stdout} = await world.run(['doctor', '--json'], {cwd: root})
    const {checks} = JSON.parse(stdout) as Checkup
    expect(checks.find(({name}) => name === 'unfinished')).to.include({status: 'ok'})
    expect(await readdir(path.join(root, '.git', 'codex-planner', 'intents'))).to.deep.equal([])
  }

  const status = async (id: string) => taskIn(await world.tasks(), id).status
  const handoff = (id: string) => readFile(path.join(world.root, '.codex', 'handoffs', `${id}.md`), 'utf8')
  const sections = async (id: string, about: string) =>
    [...(await handoff(id)).matchAll(/^## \S+ ([a-z -]+) by /gm)].filter(([, what]) => what === about).length

  for (const [index, point] of points('start').entries()) {
    const id = IDS[index] ?? ''
    it(`spawn-worker killed at ${point} starts one worker (${STARTS[point]})`, async () => {
      await killedThenAgain(`start/${point}`, ['spawn-worker', id])
      await nothingIsLeft()
      const own = await eventually('the worker to run', async () => {
        const session = await world.session(worker(id))
        return session?.process.value === 'alive' && session.status === 'running' && session
      })
      const panes = await world.tmux('list-panes', '-a', '-F', '#{session_name}')
      const named = panes.stdout.split('\n').filter(name => name.endsWith(worker(id)))
      expect(named).to.have.length(1)
      expect((await world.git('worktree', 'list')).split(`/${id.toLowerCase()} `)).to.have.length(2)
      const runs = path.join(world.root, '.codex', 'state', 'runs')
      const living = (await readdir(runs)).filter(name => name.startsWith(worker(id)))
      const records = (await world.tasks()).length
      expect(living.filter(name => existsSync(path.join(runs, name, 'hello')))).to.deep.equal([own.run])
      expect(records).to.equal(IDS.length)
    })
  }

  for (const [index, point] of points('question').entries()) {
    const id = IDS[index] ?? ''
    const closes = point === 'end'
    it(`request-input killed at ${point} asks once (F-021)`, async () => {
      const argv = ['request-input', '--session-name', worker(id), '--summary', 'Which one?']
      await killedThenAgain(`question/${point}`, closes ? [...argv, '--close-session'] : argv)
      await nothingIsLeft()
      expect([await status(id), await sections(id, 'question')]).to.deep.equal(['needs_input', 1])
      expect((await world.session(worker(id)))?.status).to.equal(closes ? 'closed' : 'running')
    })
  }

  it('the sixth worker asks too', async () => {
    await world.json(['request-input', '--session-name', worker(IDS[5] ?? ''), '--summary', 'Which one?'])
  })

  for (const [index, point] of points('answer').entries()) {
    // The fourth has ended with its question.
    const id = IDS[point === 'record' ? 5 : index] ?? ''
    it(`resume-task killed at ${point} answers once in the handoff, and the worker goes on`, async () => {
      await eventually('a conversation to answer', async () => (await world.session(worker(id)))?.codex_session_id)
      await killedThenAgain(`answer/${point}`, ['resume-task', id, '--note', 'The first one.'])
      await nothingIsLeft()
      expect([await status(id), await sections(id, 'answer')]).to.deep.equal(['in_progress', 1])
      await eventually('the answer to reach it', async () =>
        world.model.requests.some(({user}) => user.includes(`The planner answered on ${id}`)),
      )
    })
  }

  it('resume-task killed at deliver brings a worker that had ended back once', async () => {
    const id = IDS[3] ?? ''
    await killedThenAgain('answer/deliver', ['resume-task', id, '--note', 'The second one.'])
    await nothingIsLeft()
    expect([await status(id), await sections(id, 'answer')]).to.deep.equal(['in_progress', 1])
  })

  for (const [index, point] of points('hand-back').entries()) {
    const id = IDS[index] ?? ''
    it(`request-review killed at ${point} hands back once`, async () => {
      await killedThenAgain(`hand-back/${point}`, ['request-review', id, '--summary', 'It is done.'])
      await nothingIsLeft()
      expect([await status(id), await sections(id, 'hand-back')]).to.deep.equal(['review_ready', 1])
    })
  }

  for (const [index, point] of points('end').entries()) {
    const id = IDS[index] ?? ''
    it(`close-session killed at ${point} ends it, and moves its task once (F-014, F-015)`, async () => {
      await killedThenAgain(`end/${point}`, ['close-session', worker(id), '--task-status', 'cancelled'])
      await nothingIsLeft()
      const session = await world.session(worker(id))
      expect([session?.status, session?.process.value, await status(id)]).to.deep.equal(['closed', 'gone', 'cancelled'])
      expect(existsSync(session?.worktree ?? '')).to.equal(true)
    })
  }

  for (const point of points('end-team')) {
    it(`suspend killed at ${point} suspends everybody, and the next launch brings everybody back (F-017)`, async () => {
      const {task} = await world.json<{task: {id: string}}>(['create-task', `The team at ${point}`])
      await world.json(['launch'])
      await world.json(['spawn-worker', task.id])
      await killedThenAgain(`end-team/${point}`, ['suspend'])
      await nothingIsLeft()
      const own = async () => [await world.session('planner'), await world.session(worker(task.id))]
      expect((await own()).map(session => session?.status)).to.deep.equal(['suspended', 'suspended'])
      await world.json(['launch'])
      expect((await own()).map(session => session?.process.value)).to.deep.equal(['alive', 'alive'])
      await world.json(['close-session', worker(task.id), '--task-status', 'cancelled'])
    })
  }

  for (const point of points('init')) {
    it(`init killed at ${point} makes what is missing (F-001, F-002)`, async () => {
      const root = path.join(world.folder, `init-${point}`)
      await mkdir(root)
      await runProgram('git', ['init', '-q'], {cwd: root, env: world.env})
      await killedThenAgain(`init/${point}`, ['init'], root)
      await nothingIsLeft(root)
      expect((await world.run(['create-task', 'Works'], {cwd: root})).code).to.equal(0)
      expect(await readFile(path.join(root, '.git', 'info', 'exclude'), 'utf8')).to.include('.codex/board')
    })
  }

  for (const point of points('clean')) {
    it(`clean --apply killed at ${point} is gone on with by the next one alone`, async () => {
      const id = point === 'begin' ? IDS[0] : IDS[1]
      const {worktree} = taskIn(await world.tasks(), id ?? '')
      await killedThenAgain(`clean/${point}`, ['clean', '--apply'])
      await nothingIsLeft()
      expect(existsSync(worktree ?? '')).to.equal(false)
      expect((await world.git('branch', '--list', 'codex/*')).split('\n').length).to.be.greaterThan(IDS.length)
    })
  }

  it('has been killed at every step there is', () => {
    const all = (Object.keys(STEPS) as Operation[]).flatMap(name => points(name).map(point => `${name}/${point}`))
    expect(all.filter(point => !reached.has(point))).to.deep.equal([])
  })
})
