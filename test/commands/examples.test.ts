import {cp, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {TaskStatus} from '../../src/domain/task.ts'
import {binFolder, everyExample, IN_A_TEAM} from '../support/examples.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, runProgram} from './machine.ts'

/** Where TASK-001 stands for an example; in_progress unless said. */
const STATUS: Record<string, TaskStatus> = {
  'codex-planner update-task TASK-001 --status done': 'review_ready',
  'codex-planner close-worker worker-task-001 --task-status done': 'review_ready',
}

const SOME_LEASE = 'HEAVY-1234abcd'
const SOME_SNAPSHOT = 'worker-task-001/20260131T120000-000Z'

const examples = (await everyExample()).filter(({id}) => !IN_A_TEAM.includes(id))

describe('an example of a command, pasted into a shell', () => {
  let machine: Machine
  let bin: string
  const teams = new Map<TaskStatus, Promise<string>>()

  before(async () => {
    machine = await makeMachine()
    bin = await binFolder(machine.folder)
  })
  after(() => machine.close())

  /** A repository with a task, a worker on it and a planner, both of which have ended. */
  async function aTeam(status: TaskStatus): Promise<string> {
    const root = await machine.repository(`team-${status}`)
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {
      tasks: [{status}],
      sessions: [
        {name: 'planner', status: 'closed', backend: 'none'},
        {name: 'worker-task-001', status: 'closed', backend: 'none'},
      ],
    })
    for (const session of ['planner', 'worker-task-001'])
      await writeFile(path.join(root, '.codex/state/rendered_prompts', `${session}.md`), `# What ${session} was told\n`)
    await machine.git(root, 'update-ref', `refs/codex-planner/snapshots/${SOME_SNAPSHOT}`, 'HEAD')
    await machine.json(['update-task', 'TASK-001'], {cwd: root})
    return root
  }

  /** One of its own for every example. */
  async function copyOfTeam(name: string, status: TaskStatus): Promise<string> {
    const made = teams.get(status) ?? aTeam(status)
    teams.set(status, made)
    const root = path.join(machine.folder, name)
    await cp(await made, root, {recursive: true})
    return root
  }

  /** What all repositories of a user share is each example's own as well. */
  const envOf = (root: string) => ({XDG_STATE_HOME: `${root}-state`, PATH: `${bin}:${machine.env.PATH}`})

  const run = (cwd: string, line: string) =>
    runProgram('/bin/sh', ['-c', line], {cwd, env: {...machine.env, ...envOf(cwd)}})

  /** With the id of a lease that is there, which no page can know. */
  async function withLease(root: string, line: string): Promise<string> {
    if (!line.includes(SOME_LEASE)) return line
    const acquire = ['acquire-lease', '--session-name', 'operator', '--purpose', 'an example']
    const {lease} = await machine.json<{lease: {id: string}}>(acquire, {cwd: root, env: envOf(root)})
    return line.replace(SOME_LEASE, lease.id)
  }

  for (const [index, {line, mayDefer}] of examples.entries()) {
    it(line, async () => {
      const root = await copyOfTeam(`copy-${index}`, STATUS[line] ?? 'in_progress')
      const {code, stdout, stderr} = await run(root, await withLease(root, line))
      expect(code, `${stdout}${stderr}`).to.be.oneOf(mayDefer ? [0, 3] : [0])
      expect(stderr).not.to.match(/^ {4}at /m)
    })
  }

  it('is one that is there, where this test says something about it', () => {
    const lines = examples.map(({line}) => line)
    expect(Object.keys(STATUS).filter(line => !lines.includes(line))).to.deep.equal([])
  })
})
