import {execFileSync} from 'node:child_process'
import {rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {type Command, Config} from '@oclif/core'
import {expect} from 'chai'
import stringWidth from 'string-width'

import {withDefaultCommand} from '../../src/default-command.ts'
import type {Quickstart} from '../../src/services/quickstart.ts'
import {putOnBoard} from './boards.ts'
import {checkout, type Machine, makeMachine, wholeTree} from './machine.ts'

describe('quickstart', () => {
  let machine: Machine

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  /** What it says as data and as text, proven to have changed nothing on the whole machine. */
  async function look(cwd: string): Promise<{data: Quickstart; text: string}> {
    const before = await wholeTree(machine.folder)
    const data = await machine.json<Quickstart>(['quickstart'], {cwd})
    const {code, stdout, stderr} = await machine.run(['quickstart'], {cwd})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(await wholeTree(machine.folder)).to.deep.equal(before)
    return {data, text: stdout}
  }

  it('explains itself outside a repository, and says where to begin', async () => {
    const {data, text} = await look(machine.home)
    expect(data).to.deep.include({repository: null, initialized: false, planner: null, workers: [], by_status: {}})
    expect(data.next).to.deep.equal({text: `${machine.home} is not inside a Git repository.`, command: 'git init'})
    expect(text).to.match(/^NOW\n {2}Repository {2}none in this folder\n/)
    expect(text).to.include('\nTHE WAY\n  1. Talk to the planner\n')
  })

  it('names the repository and the terminal before there is a board', async () => {
    const root = await machine.repository('before')
    const {data, text} = await look(root)
    expect(data).to.deep.include({repository: root, initialized: false, has_commit: true, problem: null})
    expect(data.terminal.backend).to.equal('tmux')
    expect(data.next.command).to.equal('codex-planner')
    expect(text).to.include('\n  Board       not there yet\n')
    expect(text).to.include('\n       codex-planner spawn-worker TASK-001\n')
  })

  it('names the next task, the planner and the workers of the team', async () => {
    const root = await machine.repository('team')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {
      tasks: [{status: 'done'}, {status: 'needs_input'}, {depends_on: ['TASK-002']}, {title: 'Say why'}],
      sessions: [
        {name: 'planner', backend: 'none'},
        {name: 'worker-task-001', backend: 'none', status: 'closed'},
        {name: 'worker-task-002', backend: 'none'},
      ],
    })
    const {data, text} = await look(root)
    expect(data).to.deep.include({
      by_status: {todo: 2, needs_input: 1, done: 1},
      next_task: {id: 'TASK-004', title: 'Say why'},
      waiting: ['TASK-002'],
    })
    expect(data.workers).to.deep.equal([
      {
        name: 'worker-task-002',
        status: 'running',
        process: 'unknown',
        turn: 'unknown',
        task_id: 'TASK-002',
        task: 'needs_input',
      },
    ])
    expect(text).to.include('\n  Board       2 todo, 1 needs_input, 1 done\n')
    expect(text).to.include('\n  Planner     planner is running, process unknown, turn unknown\n')
    expect(text).to.include('\n  Workers     worker-task-002 is running on TASK-002 (needs_input), process\n')
    expect(text).to.include('\n       codex-planner spawn-worker TASK-004\n')
    expect(text).to.include('\n       codex-planner show-handoff TASK-002\n')
    for (const line of text.split('\n').filter(line => !line.includes(machine.folder)))
      expect(stringWidth(line), line).to.be.at.most(80)
  })

  it('gives only lines that the program takes', async () => {
    const root = await machine.repository('lines')
    const {data} = await look(root)
    const config = await Config.load({root: checkout, userPlugins: false})
    const lines = data.steps.flatMap(({commands}) => commands)
    expect(lines.length).to.be.greaterThan(8)
    for (const line of lines) {
      const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], {encoding: 'utf8'})
        .split('\0')
        .slice(0, -1)
      const [id = '', ...argv] = withDefaultCommand(words.slice(1))
      const CommandClass = await config.findCommand(id, {must: true}).load()
      const command = Reflect.construct(CommandClass, [argv, config]) as Command
      await command['parse'](CommandClass, argv)
    }
  })

  it('says what is wrong with a board that cannot be read, with the way out', async () => {
    const root = await machine.repository('damaged')
    await machine.json(['init'], {cwd: root})
    await writeFile(path.join(root, '.codex/board/tasks.yaml'), 'tasks: [\n')
    const {data, text} = await look(root)
    expect(data.problem?.message).to.match(/^\.codex\/board\/tasks\.yaml /)
    expect(data.next).to.deep.equal({text: data.problem?.message, command: data.problem?.command})
    expect(text).to.include('\n  Repository  ')
    expect(text).not.to.include('\n  Board ')
  })

  it('says what is wrong with the configuration, and explains the way all the same', async () => {
    const file = await machine.configure('[defaults]\nmax_heavy_leases = "many"\n')
    try {
      const {data, text} = await look(machine.home)
      expect(data.problem?.message).to.include(file)
      expect(text).to.include('\n  4. A worker does the task\n')
    } finally {
      await rm(file)
    }
  })

  it('hands no title of a task to a shell', async () => {
    const root = await machine.repository('titles')
    await machine.json(['init'], {cwd: root})
    await machine.json(['create-task', '$(touch PWN) `id` \u202e'], {cwd: root})
    const {data, text} = await look(root)
    expect(data.steps.flatMap(({commands}) => commands).join('\n')).not.to.include('PWN')
    expect(text).not.to.include('\u202e')
  })
})
