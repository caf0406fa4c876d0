import {existsSync} from 'node:fs'
import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Task} from '../../src/domain/task.ts'
import {worktreeOf} from '../../src/services/moved.ts'
import type {Project} from '../../src/services/project.ts'
import {prepareWorktree} from '../../src/services/worktree.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, wholeTree} from '../commands/machine.ts'
import {aProject, aWorktree} from './clean-world.ts'

describe('the worktree of a task', () => {
  let machine: Machine
  let project: Project

  before(async () => {
    machine = await makeMachine()
  })
  beforeEach(async () => {
    project = await aProject(machine)
  })
  after(() => machine.close())

  /** A task that was claimed, and so has its place. */
  async function claimed(place?: string): Promise<Task> {
    await putOnBoard(project.root, {tasks: [{status: 'in_progress'}]})
    const [task] = (await project.board.read()).tasks
    if (!task) throw new Error('There is no task.')
    const worktree = place ?? (await worktreeOf(project, await project.board.read(), task))
    return {...task, worktree, branch: 'codex/task-001', base_commit: 'HEAD'}
  }

  const within = (base: string): Project => ({
    ...project,
    host: {...project.host, config: {...project.host.config, worktrees_base_dir: base}},
  })

  async function refusal(work: Promise<unknown>): Promise<{message: string; suggestions: string[]}> {
    return work.then(
      () => expect.fail('It was not refused.'),
      (error: unknown) => {
        expect(error).to.include({code: 'UNSAFE_FOLDER'})
        return error as {message: string; suggestions: string[]}
      },
    )
  }

  it('is never the folder of another task, whoever wrote that on the board, and nothing is made (F-071)', async () => {
    const place = `${project.root}-worktrees/shared`
    const tasks = Array.from({length: 20}, () => ({status: 'todo' as const, worktree: place}))
    await putOnBoard(project.root, {tasks})
    const board = await project.board.read()
    for (const answer of await Promise.all(board.tasks.map(task => refusal(worktreeOf(project, board, task))))) {
      expect(answer.message).to.match(/\/shared is the worktree of TASK-00[12] already, by the board\.$/)
      expect(answer.suggestions[0]).to.match(/^codex-planner show-task TASK-00[12]$/)
    }
    expect(existsSync(`${project.root}-worktrees`)).to.equal(false)
  })

  for (const [one, other] of [
    ['/wt/Task', '/wt/task'],
    ['/wt/caf\u00e9', '/wt/cafe\u0301'],
  ] as const) {
    it(`is never a folder that a file system may take for another’s: ${JSON.stringify(one)} (F-089)`, async () => {
      await putOnBoard(project.root, {tasks: [{worktree: one}, {worktree: other}]})
      const {tasks} = await project.board.read()
      for (const task of tasks) await refusal(worktreeOf(project, await project.board.read(), task))
    })
  }

  it('is not made inside the repository, where cleaning that would remove it (F-086)', async () => {
    const base = path.join(project.root, 'trees')
    const link = path.join(machine.folder, `link-${path.basename(project.root)}`)
    await symlink(project.root, link)
    for (const at of [base, path.join(link, 'trees')]) {
      const task = await claimed(path.join(at, 'task-001'))
      const before = await wholeTree(project.root)
      const {message, suggestions} = await refusal(prepareWorktree(within(at), task))
      expect(await wholeTree(project.root)).to.deep.equal(before)
      expect(message).to.equal(
        `${base}/task-001 is inside the repository, which does not ignore it; set worktrees_base_dir to a folder outside.`,
      )
      expect(suggestions[0]).to.match(/config\.toml/)
    }
  })

  it('is made inside the repository where git ignores that, and cleaning leaves it (F-086)', async () => {
    await writeFile(path.join(project.root, '.gitignore'), '/trees/\n')
    const task = await claimed(path.join(project.root, 'trees', 'task-001'))
    await prepareWorktree(within(path.join(project.root, 'trees')), task)
    await writeFile(path.join(task.worktree ?? '', 'work'), 'x\n')
    await machine.git(project.root, 'clean', '-fd', '--exclude=.codex')
    expect(await readFile(path.join(task.worktree ?? '', 'work'), 'utf8')).to.equal('x\n')
  })

  it('is never made inside the worktree of another task (F-086)', async () => {
    const other = await aWorktree(project, {task: {status: 'in_progress'}})
    const base = path.join(other, 'trees')
    await writeFile(path.join(other, '.gitignore'), '/trees/\n')
    const [first] = (await project.board.read()).tasks
    if (!first) throw new Error('There is no task.')
    const task = {...first, id: 'TASK-002', worktree: path.join(base, 'task-002'), branch: 'codex/task-002'}
    const {message} = await refusal(prepareWorktree(within(base), {...task, base_commit: 'HEAD'}))
    expect(message).to.match(/\/task-002 is inside the worktree \/.*\/task-001; set worktrees_base_dir/)
    expect(existsSync(base)).to.equal(false)
  })

  it('of a repository inside another one is that one’s own, beside it (F-086)', async () => {
    const inner = path.join(project.root, 'inner')
    await mkdir(inner)
    await machine.git(inner, 'init', '-q')
    await machine.git(inner, 'commit', '-q', '--allow-empty', '-m', 'Inner')
    await machine.json(['init'], {cwd: inner})
    await machine.json(['create-task', 'Of the inner one'], {cwd: path.join(inner, '.codex')})
    expect((await project.board.read()).tasks).to.deep.equal([])
    const worktree = `${inner}-worktrees/task-001`
    const nested: Project = {...project, root: inner, commonDir: path.join(inner, '.git')}
    await prepareWorktree(nested, await claimed(worktree))
    expect((await project.git.worktrees(inner)).map(one => one.path)).to.deep.equal([inner, worktree])
    expect(await project.git.worktrees(project.root)).to.have.lengthOf(1)
    await writeFile(path.join(worktree, 'work'), 'x\n')
    await machine.git(project.root, 'clean', '-fdx', '--exclude=.codex')
    expect(await readFile(path.join(worktree, 'work'), 'utf8')).to.equal('x\n')
  })

  it('has empty folders for submodules, and says with which line they are filled (F-082)', async () => {
    const sub = await machine.repository(`sub-${path.basename(project.root)}`, {commit: false})
    await writeFile(path.join(sub, 'inside'), 'x\n')
    await machine.git(sub, 'add', '.')
    await machine.git(sub, 'commit', '-q', '-m', 'Inside')
    const allowed = ['-c', 'protocol.file.allow=always']
    await machine.git(project.root, ...allowed, 'submodule', '--quiet', 'add', sub, 'sub')
    await machine.git(project.root, 'commit', '-q', '-m', 'With a submodule')
    const said: string[] = []
    const task = await claimed()
    await prepareWorktree({...project, warn: sentence => said.push(sentence)}, task)
    const {worktree} = task
    const fill = `git -C ${worktree} submodule update --init --recursive`
    expect(said).to.deep.equal([
      `The folders of submodules are empty in ${worktree}, as in every new worktree. This fills them: ${fill}`,
    ])
    expect(existsSync(path.join(worktree ?? '', 'sub', 'inside'))).to.equal(false)
    await machine.git(machine.folder, ...allowed, ...fill.split(' ').slice(1))
    expect(await readFile(path.join(worktree ?? '', 'sub', 'inside'), 'utf8')).to.equal('x\n')
  })
})
