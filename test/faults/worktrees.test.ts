import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {openBoard} from '../../src/store/board.ts'
import {projectPaths} from '../../src/store/paths.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'
import {contentsOf, differences, makeWork} from './work.ts'

/** What a person can say; TASK and WORKER stand for the worktree that was worked in last. */
const COMMANDS = [
  ...[
    'acquire-lease --session-name operator --purpose build',
    'release-lease HEAVY-00000000',
    'list-leases',
    'resources',
  ],
  ...['attach', 'attach WORKER', 'dashboard', 'launch', 'launch --new-session', 'start-planner', 'quickstart'],
  ...['close-session WORKER', 'close-worker WORKER', 'close-worker WORKER --keep-terminal-running'],
  ...['close-worker WORKER --task-status cancelled', 'close-session WORKER --task-status review_ready'],
  ...['suspend', 'shutdown', 'spawn-worker TASK', 'spawn-worker TASK --force', 'resume-task TASK --note Go'],
  ...[
    'create-task More',
    'list-tasks --all',
    'show-task TASK',
    'show-handoff TASK',
    'list-sessions',
    'show-session WORKER',
  ],
  ...['update-task TASK --status cancelled', 'update-task TASK --status blocked', 'update-task TASK --status todo'],
  ...['request-review TASK', 'request-review TASK --force', 'request-review TASK --summary Done --detail All'],
  ...['request-input --session-name WORKER --summary Which', 'show-prompt WORKER', 'doctor', 'init'],
  ...['request-input --session-name WORKER --summary Which --close-session', 'wait-events --after 0 --timeout 1'],
  ...['run --purpose build -- true', 'serve-mcp'],
]
/** They speak with a terminal or read input. */
const ALONE = /^(run|serve-mcp|attach|dashboard|launch|quickstart)/
/** A new repository after so many commands: work piles up. */
const PER_REPOSITORY = 30
const TASKS = ['TASK-001', 'TASK-002', 'TASK-003']

const luck = chance()

describe(`work that lies about in worktrees, and ${counts.worktrees} commands (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.worktrees, 8))
  let machine: Machine
  let calls: ManyCalls
  let children: ChildProcess[] = []
  let starts = 0
  const answered = new Map<number | null, number>()

  before(async () => {
    machine = await makeMachine()
    // One is held from the first lease on, and `run` waits for none.
    machine.env['CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES'] = '5'
    calls = manyCalls(machine.env)
  })
  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await calls.close()
    await machine.close()
    const codes = [...answered].map(([code, count]) => `${count} ended with ${code}`)
    process.stdout.write(`    ${codes.join(', ')}\n`)
  })

  it('stays as it is, to the last byte, whatever is said (I1)', async () => {
    let deck: string[] = []
    let folder = ''
    for (let number = 0; number < counts.worktrees; number += 1) {
      if (number % PER_REPOSITORY === 0) folder = await newRepository(number)
      if (deck.length === 0) deck = luck.shuffled(COMMANDS)
      const task = luck.oneOf(TASKS)
      const place = {folder: path.join(folder, 'worktrees', task), env: machine.env, mark: `w${number}`}
      const ways = await makeWork(place, luck)
      await startSession(folder, task)
      const before = await contentsOf(folder)
      const line = deck.pop() ?? ''
      const argv = line.replace('TASK', task).replace('WORKER', worker(task)).split(' ')
      const code = await say(argv, path.join(folder, 'repo'))
      answered.set(code, (answered.get(code) ?? 0) + 1)
      const found = differences(before, await contentsOf(folder))
      expect(found, `command ${number}, codex-planner ${argv.join(' ')}, with work ${ways.join(', ')}`).to.deep.equal(
        [],
      )
    }
  })

  async function newRepository(number: number): Promise<string> {
    const folder = path.join(machine.folder, `place-${number}`)
    await mkdir(folder)
    const root = await machine.repository(`place-${number}/repo`)
    await machine.repository(`place-${number}/other`)
    await rm(path.join(root, '.git/hooks'), {recursive: true})
    for (const name of ['one', 'two', 'three', 'four', 'five', 'six'])
      await writeFile(path.join(root, `${name}.txt`), name)
    await writeFile(path.join(root, '.gitignore'), 'build/\n')
    await machine.git(root, 'add', '--all')
    await machine.git(root, 'commit', '-q', '-m', 'Files')
    await machine.json(['init'], {cwd: root})
    const base_commit = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
    const tasks = TASKS.map(id => ({
      branch: `codex/${id.toLowerCase()}`,
      worktree: path.join(folder, 'worktrees', id),
      base_commit,
    }))
    for (const {branch, worktree} of tasks) await machine.git(root, 'worktree', 'add', '-q', '-b', branch, worktree)
    await putOnBoard(root, {tasks})
    // Work of the person's own as well.
    await writeFile(path.join(root, 'one.txt'), 'changed by hand')
    await writeFile(path.join(root, 'two.txt'), 'staged by hand')
    await machine.git(root, 'add', 'two.txt')
    return folder
  }

  /** The task is at work, in a session whose process runs or has just ended. */
  async function startSession(folder: string, task: string): Promise<void> {
    const root = path.join(folder, 'repo')
    const paths = projectPaths(root, path.join(root, '.git'))
    await openBoard(paths).change(board => [
      {
        ...board,
        tasks: board.tasks.map(one =>
          one.id === task ? {...one, status: 'in_progress' as const, owner: worker(task)} : one,
        ),
        sessions: board.sessions.map(one => ({
          ...one,
          status: 'closed' as const,
          ended_at: one.started_at,
          ending: null,
        })),
      },
      null,
    ])
    starts += 1
    const run = `${worker(task)}-${starts}`
    const worktree = path.join(folder, 'worktrees', task)
    await putOnBoard(root, {sessions: [{name: worker(task), run, backend: 'none', worktree}]})
    await mkdir(path.join(paths.runs, run), {recursive: true})
    for (const child of children.splice(0)) child.kill('SIGKILL')
    const child = spawn('sleep', ['600'], {cwd: worktree, detached: true, stdio: 'ignore'})
    children = [child]
    await once(child, 'spawn')
    const {pid, started, boot, pidns} = identify(child.pid ?? 0)
    const hello = `pid=${pid}\npgid=${pid}\nstarted=${started}\nboot=${boot}\npidns=${pidns}\nrun=${run}\n`
    await writeFile(path.join(paths.runs, run, 'hello'), hello)
    if (luck.number(2) === 0) await writeFile(path.join(paths.runs, run, 'exit'), 'code=1\nat=2026-01-31T12:00:00Z\n')
  }

  async function say(argv: string[], cwd: string): Promise<number | null> {
    if (ALONE.test(argv.join(' '))) return (await machine.run(argv, {cwd})).code
    return (await calls.run({argv, cwd})).code
  }
})

function worker(task: string): string {
  return `worker-${task.toLowerCase()}`
}
