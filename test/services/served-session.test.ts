import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {expect} from 'chai'

import {changeTask} from '../../src/domain/task.ts'
import type {Project} from '../../src/services/project.ts'
import {servedSession} from '../../src/services/served-session.ts'
import {sessionIsUp} from '../../src/services/up.ts'
import {beginRun, readRun} from '../../src/store/runs.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {aProject} from './clean-world.ts'

const [NAME, RUN] = ['worker-task-001', 'worker-task-001-0a0a0a0a']

describe('a session whose tool server has started', () => {
  let machine: Machine
  let project: Project
  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())
  beforeEach(async () => {
    project = await aProject(machine)
    const session = {name: NAME, run: RUN, status: 'starting' as const, prompt_file: 'prompt.md'}
    await putOnBoard(project.root, {tasks: [{}], sessions: [session]})
  })

  async function standing(): Promise<[session: string | undefined, task: string | undefined]> {
    const {sessions, tasks} = await project.board.read()
    return [sessions[0]?.status, tasks[0]?.status]
  }

  /** A process that makes that start happen, until it is told to end. */
  async function starter(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {stdio: ['pipe', 'ignore', 'ignore']})
    await once(child, 'spawn')
    await beginRun(project.paths, RUN, identify(child.pid ?? 0))
    return child
  }

  async function end(child: ChildProcess): Promise<void> {
    child.stdin?.end()
    await once(child, 'exit')
  }

  it('leaves the word that it is up to who waits for it, and gives it before its first call', async () => {
    const child = await starter()
    const served = servedSession(project, RUN)
    await served.onStart()
    expect((await readRun(project.paths, RUN)).ready).to.include({pid: process.pid})
    expect(await standing()).to.deep.equal(['starting', 'todo'])
    await served.onFirstCall()
    expect(await standing()).to.deep.equal(['running', 'in_progress'])
    await end(child)
  })

  it('says so at once when nobody waits any more', async () => {
    await end(await starter())
    await servedSession(project, RUN).onStart()
    expect(await standing()).to.deep.equal(['running', 'in_progress'])
  })

  it('says nothing before its first call that is on the board already', async () => {
    await sessionIsUp(project, RUN)
    const {revision} = await project.board.read()
    await project.board.change(board => [changeTask(board, 'TASK-001', {status: 'review_ready'}, 'now')[0], null])
    await servedSession(project, RUN).onFirstCall()
    expect((await project.board.read()).revision).to.equal(revision + 1)
    expect(await standing()).to.deep.equal(['running', 'review_ready'])
  })

  for (const status of ['review_ready', 'needs_input'] as const) {
    it(`whose worker set its task ${status} before anybody said that it is up keeps it so`, async () => {
      const {board} = await project.board.change(board => [
        changeTask(board, 'TASK-001', {status: 'in_progress'}, 'now')[0],
        null,
      ])
      await project.board.change(() => [changeTask(board, 'TASK-001', {status}, 'now')[0], null])
      await sessionIsUp(project, RUN)
      expect(await standing()).to.deep.equal(['running', status])
    })

    it(`that was started for a task that is ${status} has it in progress`, async () => {
      const root = project.root
      await putOnBoard(root, {tasks: [{status}]})
      const run = 'worker-task-002-0b0b0b0b'
      await putOnBoard(root, {
        sessions: [{name: 'worker-task-002', run, status: 'starting', prompt_file: 'prompt.md'}],
      })
      await sessionIsUp(project, run)
      expect((await project.board.read()).tasks[1]?.status).to.equal('in_progress')
    })
  }
})
