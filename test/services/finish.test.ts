import {readdir, readFile, symlink} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {intentOf, type Plan} from '../../src/domain/intent.ts'
import type {Caller} from '../../src/domain/role.ts'
import type {ProcessIdentity} from '../../src/domain/status.ts'
import type {Task} from '../../src/domain/task.ts'
import {finishIntents} from '../../src/services/finish.ts'
import type {Project} from '../../src/services/project.ts'
import {beginIntent, noteStep} from '../../src/store/intents.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, runProgram} from '../commands/machine.ts'
import {openIn} from './clean-world.ts'

const AT = '2026-01-31T12:00:00.000Z'
const QUESTION = `## ${AT} question by worker-task-001\n\n> Which one?\n`

describe('what a killed command left', () => {
  let machine: Machine
  let project: Project
  /** A process that is proven gone. */
  let gone: ProcessIdentity
  before(async () => {
    machine = await makeMachine()
    gone = {...identify(process.pid), pid: Number((await runProgram(process.execPath, ['-p', 'process.pid'])).stdout)}
  })
  beforeEach(async () => {
    const root = await machine.repository(`finish-${Math.random().toString(36).slice(2)}`)
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [{name: 'worker-task-001', backend: 'none', status: 'running'}],
    })
    project = await openIn(root, machine.env)
  })
  after(() => machine.close())

  const as = (caller: Partial<Caller>): Project => ({...project, caller: {...project.caller, ...caller}})
  const task = async (): Promise<Task | undefined> => (await project.board.read()).tasks[0]
  const page = () => readFile(path.join(project.root, '.codex/handoffs/TASK-001.md'), 'utf8').catch(() => '')
  const standing = async () => (await readdir(project.paths.intents)).length
  const begin = (plan: Plan, owner = gone) => beginIntent(project.paths, intentOf(plan, 'worker-task-001', AT), owner)
  const asked = async (): Promise<Plan> => ({
    operation: 'question',
    session: 'worker-task-001',
    task_id: 'TASK-001',
    run: 'worker-task-001-1',
    section: QUESTION,
    revision: (await task())?.revision ?? -1,
  })

  it('a question reaches the board and the handoff, once (F-021)', async () => {
    await begin(await asked())
    expect(await finishIntents(project)).to.deep.equal([
      'The question of worker-task-001 was cut short and is finished now.',
    ])
    expect((await task())?.status).to.equal('needs_input')
    expect((await page()).split('> Which one?')).to.have.length(2)
    expect(await standing()).to.equal(0)
    expect(await finishIntents(project)).to.deep.equal([])
  })

  it('a question whose task was changed since moves nothing, and its words are kept', async () => {
    await begin(await asked())
    await machine.json(['update-task', 'TASK-001', '--status', 'cancelled'], {cwd: project.root})
    await finishIntents(project)
    expect((await task())?.status).to.equal('cancelled')
    expect(await page()).to.include('> Which one?')
  })

  it('is gone on with by one of several commands at once', async () => {
    await begin(await asked())
    const told = await Promise.all([1, 2, 3].map(() => finishIntents(project)))
    expect(told.flat()).to.have.length(1)
  })

  it('stays while its process lives, or may live', async () => {
    await begin(await asked(), identify(process.pid))
    await begin(await asked(), {...gone, pidns: 'pid:[1]'})
    expect(await finishIntents(project)).to.deep.equal([])
    expect((await task())?.status).to.equal('in_progress')
    expect(await standing()).to.equal(2)
  })

  it('is not another worker’s to go on with', async () => {
    await begin(await asked())
    expect(await finishIntents(as({role: 'worker', session: 'worker-task-002'}))).to.deep.equal([])
    expect(await finishIntents(as({role: 'worker', session: 'worker-task-001'}))).to.have.length(1)
  })

  it('an end that had not begun ends nobody', async () => {
    await begin({operation: 'end', session: 'worker-task-001', run: 'worker-task-001-1', status: 'closed'})
    expect(await finishIntents(project)).to.deep.equal([
      'The end of worker-task-001 was cut short and is taken back. Nothing is lost; close it again: codex-planner close-session worker-task-001',
    ])
    expect((await project.board.read()).sessions[0]).to.include({status: 'running', ending: null})
  })

  it('an end of the team that had not begun ends nobody', async () => {
    await begin({operation: 'end-team', status: 'suspended'})
    expect(await finishIntents(project)).to.deep.equal([
      'Suspend was cut short and is taken back. Nothing is lost; give it again: codex-planner suspend',
    ])
    expect((await project.board.read()).sessions[0]).to.include({status: 'running', ending: null})
  })

  it('an answer that its worker has is put on the board', async () => {
    await machine.json(['update-task', 'TASK-001', '--status', 'needs_input'], {cwd: project.root})
    const about = {session: 'worker-task-001', task_id: 'TASK-001', run: 'worker-task-001-1'}
    const id = await begin({operation: 'answer', ...about, revision: (await task())?.revision ?? -1})
    await noteStep(project.paths, id, 'deliver')
    expect(await finishIntents(project)).to.deep.equal(['The answer to TASK-001 was cut short and is finished now.'])
    expect((await task())?.status).to.equal('in_progress')
  })

  it('an answer that its worker may not have is not given a second time', async () => {
    await machine.json(['update-task', 'TASK-001', '--status', 'needs_input'], {cwd: project.root})
    const about = {session: 'worker-task-001', task_id: 'TASK-001', run: 'worker-task-001-1'}
    await begin({operation: 'answer', ...about, revision: (await task())?.revision ?? -1})
    expect(await finishIntents(project)).to.deep.equal([
      "The answer to TASK-001 was cut short and is taken back. Nothing is lost; give it again: codex-planner resume-task TASK-001 --note 'Read the handoff and go on.'",
    ])
    expect((await task())?.status).to.equal('needs_input')
  })

  it('a start that no board knows is forgotten', async () => {
    await begin({operation: 'start', session: 'worker-task-001', task_id: 'TASK-001', run: 'worker-task-001-9'})
    expect(await finishIntents(project)).to.deep.equal([
      'The start of worker-task-001 was cut short and is taken back. Nothing is lost; give the same command again.',
    ])
    expect(await standing()).to.equal(0)
  })

  it('a cleaning is gone on with by the next cleaning alone (I1)', async () => {
    await begin({operation: 'clean'})
    expect(await finishIntents(project)).to.deep.equal([])
    expect(await standing()).to.equal(1)
  })

  it('is told by doctor, which changes nothing', async () => {
    await begin(await asked())
    const {stdout} = await machine.run(['doctor', '--json'], {cwd: project.root})
    const {checks} = JSON.parse(stdout) as {checks: {name: string; detail: string; remedy: string}[]}
    expect(checks.find(({name}) => name === 'unfinished')).to.deep.equal({
      name: 'unfinished',
      status: 'warning',
      detail:
        'the question of worker-task-001 was cut short, for its command was killed; the next launch finishes it or takes it back',
      remedy: 'codex-planner',
    })
    expect(await standing()).to.equal(1)
    await machine.json(['list-tasks'], {cwd: project.root})
    await machine.json(['list-sessions'], {cwd: project.root})
    expect(await standing()).to.equal(1)
  })

  it('that cannot be finished now is told, stays, and keeps no command from its work', async () => {
    await begin(await asked())
    await symlink('/etc/hostname', path.join(project.root, '.codex/handoffs/TASK-001.md'))
    const ran = await machine.run(['close-session', 'worker-task-001', '--keep-terminal-running'], {cwd: project.root})
    expect(ran.code, ran.stderr).to.equal(0)
    expect(ran.stderr).to.match(/^Warning: What an earlier command left could not be finished\. .* is a symbolic link/)
    expect(await standing()).to.equal(1)
  })

  it('is told by the command that finishes it', async () => {
    await begin(await asked())
    const ran = await machine.run(['close-session', 'worker-task-001', '--keep-terminal-running'], {cwd: project.root})
    expect(ran.code, ran.stderr).to.equal(0)
    expect(ran.stderr).to.include('Warning: The question of worker-task-001 was cut short and is finished now.')
  })
})
