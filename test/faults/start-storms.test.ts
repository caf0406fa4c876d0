import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import type {SessionView} from '../../src/services/sessions.ts'
import type {Spawned} from '../../src/services/workers.ts'
import {processesOfRuns} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, program, runProgram} from '../commands/machine.ts'
import {processesNaming, STAND_INS, teamMachine} from '../support/team-machine.ts'
import {eventually} from '../support/world.ts'
import {counts, isQuick, patience} from './counts.ts'

const RACERS = isQuick ? 4 : 20
const taskIds = Array.from({length: RACERS}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)
const workerOf = (id: string) => `worker-${id.toLowerCase()}`

interface Answer<Result> {
  code: number | null
  answer: Result & {error?: {code: string}}
}

describe(`${counts.storms} storms of ${RACERS} starts of each kind, with a stand-in for Codex`, function () {
  this.timeout(patience(counts.storms, 300))
  let machine: Machine
  before(async () => {
    machine = await teamMachine(STAND_INS.alone)
  })
  after(() => machine.close())

  async function call<Result>(cwd: string, ...words: string[]): Promise<Answer<Result>> {
    const argv = [program, ...words, '--json']
    const {code, stdout, stderr} = await runProgram(process.execPath, argv, {cwd, env: machine.env, timeout: 300_000})
    expect(stdout, stderr).to.match(/^\{/)
    return {code, answer: JSON.parse(stdout) as Answer<Result>['answer']}
  }

  async function repository(name: string, worktree?: string): Promise<string> {
    const root = await machine.repository(name)
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: taskIds.map(id => ({title: id, ...(worktree === undefined ? {} : {worktree})}))})
    return root
  }

  const spawn = (root: string, id: string) => call<Spawned>(root, 'spawn-worker', id)

  /** What is there of a team: its living sessions by the program, by tmux and by git. */
  async function team(root: string) {
    const {sessions} = await machine.json<{sessions: SessionView[]}>(['list-sessions'], {cwd: root})
    const {stdout: names} = await tmux('list-panes', '-a', '-F', '#{@codex_planner_id} #{session_name}')
    const {stdout: worktrees} = await git(root, 'worktree', 'list', '--porcelain')
    const {stdout: branches} = await git(root, 'for-each-ref', '--format=%(refname)', 'refs/heads/codex')
    const runs = sessions.map(({run}) => run)
    return {
      alive: sessions.filter(({process}) => process.value === 'alive').map(({name}) => name),
      terminals: names.split('\n').filter(line => runs.includes(line.split(' ')[0] ?? '') && !isDashboard(line)).length,
      worktrees: (worktrees.match(/^worktree /gm)?.length ?? 0) - 1,
      branches: branches.split('\n').filter(Boolean).length,
    }
  }

  /** Windows are shown there once more. */
  const isDashboard = (line: string) => !/-(?:planner|worker-task-\d+)$/.test(line)

  const git = (root: string, ...words: string[]) => runProgram('git', ['-C', root, ...words], {env: machine.env})

  function tmux(...words: string[]) {
    const socket = `${machine.home}/state/codex-orchestrator/plugins/terminal-tmux/tmux.sock`
    return runProgram('tmux', ['-S', socket, ...words], {env: machine.env})
  }

  /** Ends all of it, after which nothing that was started here may run, on the board or not. */
  async function endAll(root: string): Promise<void> {
    const runs = await readdir(path.join(root, '.codex', 'state', 'runs'))
    await machine.json(['shutdown'], {cwd: root})
    await eventually(
      `nothing of ${root} to run`,
      async () => processesNaming(`${root}/`).length === 0 && (await processesOfRuns(runs)).size === 0,
    )
  }

  for (let storm = 1; storm <= counts.storms; storm += 1) {
    it(`${storm}: on a task each, give every task one worker (I4)`, async () => {
      const root = await repository(`each-${storm}`)
      const answers = await Promise.all(taskIds.map(id => spawn(root, id)))
      expect(answers.map(({code}) => code)).to.deep.equal(taskIds.map(() => 0))
      const {alive, ...there} = await team(root)
      expect(alive).to.have.members(taskIds.map(workerOf))
      expect(there).to.deep.equal({terminals: RACERS, worktrees: RACERS, branches: RACERS})
      await endAll(root)
    })

    it(`${storm}: on one task, give it one worker (I4, MCP G7)`, async () => {
      const root = await repository(`one-${storm}`)
      const answers = await Promise.all(taskIds.map(() => spawn(root, 'TASK-001')))
      expect(answers.map(({code}) => code)).to.deep.equal(taskIds.map(() => 0))
      expect(new Set(answers.map(({answer}) => answer.session.run)).size).to.equal(1)
      expect(answers.filter(({answer}) => !answer.already_running)).to.have.length(1)
      expect(await team(root)).to.deep.equal({alive: [workerOf('TASK-001')], terminals: 1, worktrees: 1, branches: 1})
      await endAll(root)
    })

    it(`${storm}: of tasks that share one folder, start none (I1, I4)`, async () => {
      const root = await repository(`path-${storm}`, `${machine.folder}/shared-${storm}`)
      const answers = await Promise.all(taskIds.map(id => spawn(root, id)))
      expect(answers.map(({answer}) => answer.error?.code)).to.deep.equal(taskIds.map(() => 'UNSAFE_FOLDER'))
      expect(await team(root)).to.deep.equal({alive: [], terminals: 0, worktrees: 0, branches: 0})
      await endAll(root)
    })

    it(`${storm}: of the planner, start one (F-101)`, async () => {
      const root = await machine.repository(`planner-${storm}`)
      const answers = await Promise.all(taskIds.map(() => call<Launched>(root, 'launch')))
      expect(answers.map(({code}) => code)).to.deep.equal(taskIds.map(() => 0))
      expect(new Set(answers.map(({answer}) => answer.planner.run)).size).to.equal(1)
      expect(await team(root)).to.deep.equal({alive: ['planner'], terminals: 1, worktrees: 0, branches: 0})
      await endAll(root)
    })
  }
})
