import {spawn} from 'node:child_process'
import {once} from 'node:events'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import type {Task} from '../../src/domain/task.ts'
import type {Finding} from '../../src/services/checks/finding.ts'
import {unfinishedFinding} from '../../src/services/checks/team.ts'
import {type Machine, makeMachine, program} from '../commands/machine.ts'
import {openIn} from '../services/clean-world.ts'
import {RawServer} from '../support/raw-stdio.ts'
import {eventually} from '../support/world.ts'

const PARENT = path.join(import.meta.dirname, 'processes', 'parent.ts')

describe('a tool server', function () {
  this.timeout(120_000)
  let machine: Machine
  let root: string

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())
  beforeEach(async () => {
    root = await machine.repository(`killed-${Math.random().toString(36).slice(2)}`)
    await machine.json(['init'], {cwd: root})
    await machine.json(['create-task', 'Count'], {cwd: root})
  })

  const argv = () => [process.execPath, program, 'serve-mcp', '--role', 'planner', '--repo-path', root]
  const tasks = async () => (await machine.json<{tasks: Task[]}>(['list-tasks', '--all'], {cwd: root})).tasks

  async function unfinished(): Promise<Finding> {
    const project = await openIn(root, machine.env)
    return unfinishedFinding(project, await project.board.read())
  }

  it('that is killed in the middle of a call leaves the board sound, and the call can be given again (F-026)', async () => {
    const scopes: string[] = []
    for (const milliseconds of [0, 20, 40, 60, 90, 130, 180, 250]) {
      const scope = `src/part-${milliseconds}`
      scopes.push(scope)
      const input = {task_id: 'TASK-001', write_scope: [scope]}
      const killed = new RawServer(argv(), {cwd: root, env: machine.env})
      await killed.initialize()
      killed.send({jsonrpc: '2.0', id: 1, method: 'tools/call', params: {name: 'update_task', arguments: input}})
      await delay(milliseconds)
      await killed.stop()
      const had = (await tasks())[0]?.write_scope ?? []
      expect([scopes.slice(0, -1), scopes], `killed after ${milliseconds} ms`).to.deep.include(had)

      const again = new RawServer(argv(), {cwd: root, env: machine.env})
      try {
        expect((await again.call('update_task', input)).result?.isError).to.equal(undefined)
      } finally {
        await again.stop()
      }
      expect((await tasks())[0]?.write_scope).to.deep.equal(scopes)
      expect((await unfinished()).status).to.equal('ok')
    }
  })

  it('ends when the program that started it is killed, and holds no lock (F-027)', async () => {
    const parent = spawn(process.execPath, [PARENT, ...argv()], {
      cwd: root,
      env: machine.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [said] = await once(parent.stdout.setEncoding('utf8'), 'data')
    const server = Number(said)
    expect(isRunning(server)).to.equal(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await eventually('the tool server to end', async () => !isRunning(server), 20_000)
    await machine.json(['create-task', 'After the end'], {cwd: root})
    expect((await tasks()).map(({title}) => title)).to.deep.equal(['Count', 'Before the end', 'After the end'])
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
