import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {start} from '../store/start-process.ts'
import {eventually, makeWorld, program, tellOnFailure, type World} from '../support/world.ts'

describe('a command that is asked to stop', function () {
  this.timeout(120_000)
  let world: World
  let lock: ChildProcess
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script: {rules: []}})
    await world.json(['init'])
    await world.json(['create-task', 'Not now'])
  })
  afterEach(() => lock.kill('SIGKILL'))
  after(() => world.close())

  const runs = () => readdir(path.join(world.root, '.codex', 'state', 'runs'))
  const intents = () => readdir(path.join(world.root, '.git', 'codex-planner', 'intents')).catch(() => [])

  /** A spawn that has put its intent on record and waits for the board. */
  async function waitingSpawn(): Promise<{child: ChildProcess; said: () => string; ended: Promise<unknown[]>}> {
    const before = new Set(await runs())
    lock = start('hold-lock.ts', path.join(world.root, '.git', 'codex-planner', 'lock.db'))
    await once(lock.stdout ?? lock, 'data')
    const child = spawn(process.execPath, [program, 'spawn-worker', 'TASK-001'], {
      cwd: world.root,
      env: world.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', text => (stderr += text))
    await eventually('its claim', async () => (await runs()).some(run => !before.has(run)))
    return {child, said: () => stderr, ended: once(child, 'close')}
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`with ${signal} takes its start back and says so (F-107, F-108)`, async () => {
      const {child, said, ended} = await waitingSpawn()
      child.kill(signal)
      await eventually('its answer', async () => said().includes('\n'))
      expect(said()).to.equal(`${signal}: stops as soon as nothing is left half done. Once more ends it at once.\n`)
      lock.kill('SIGKILL')
      expect(await ended).to.deep.equal([130, null])
      expect(said()).to.include(
        `    Error: Stopped by ${signal}; the start of worker-task-001 is taken back, and nothing is lost.\n    Code: INTERRUPTED\n`,
      )
      expect(await intents()).to.deep.equal([])
      expect((await world.tasks())[0]?.status).to.equal('todo')
      expect((await world.session('worker-task-001'))?.status).to.equal('closed')
      expect(existsSync(`${world.root}-worktrees`)).to.equal(false)
    })
  }

  it('twice leaves its intent to the next command (F-107)', async () => {
    const {child, said, ended} = await waitingSpawn()
    child.kill('SIGINT')
    await eventually('its answer', async () => said().includes('\n'))
    child.kill('SIGINT')
    expect(await ended, said()).to.deep.equal([null, 'SIGINT'])
    expect(await intents()).to.have.length(1)
    lock.kill('SIGKILL')
    const next = await world.run(['close-worker', 'worker-task-001'])
    expect(next.stderr).to.include('Warning: The start of worker-task-001 was cut short and is taken back.')
    expect(await intents()).to.deep.equal([])
  })
})
