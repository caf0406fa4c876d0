import {existsSync} from 'node:fs'
import {cp, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Task} from '../../src/domain/task.ts'
import {trashFinding, worktreesFinding} from '../../src/services/checks/worktrees.ts'
import {connectedWorktree, followMoves, worktreeOf} from '../../src/services/moved.ts'
import type {Project} from '../../src/services/project.ts'
import {prepareWorktree} from '../../src/services/worktree.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, runProgram, type Told} from '../commands/machine.ts'
import {aProject, aWorktree, clean, contents, openIn, trashed} from './clean-world.ts'

describe('a repository that was moved', () => {
  let machine: Machine
  let project: Project
  let worktree: string
  let had: {files: Map<string, string>; status: string}

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())
  beforeEach(async () => {
    project = await aProject(machine)
    worktree = await aWorktree(project, {task: {status: 'in_progress'}})
    await writeFile(path.join(worktree, 'staged'), 'one\n')
    await machine.git(worktree, 'add', 'staged')
    await writeFile(path.join(worktree, 'staged'), 'two\n')
    await writeFile(path.join(worktree, 'untracked'), 'three\n')
    had = {files: await contents(worktree), status: 'AM staged\n?? untracked\n'}
  })

  const status = (folder: string) => machine.git(folder, 'status', '--porcelain')
  const task = async (one: Project): Promise<Task> => {
    const [found] = (await one.board.read()).tasks
    if (!found) throw new Error('There is no task.')
    return found
  }
  const finding = async (one: Project) => worktreesFinding(one, await one.board.read())

  /** The same repository at its new place; what it warns of is collected. */
  async function reopened(root: string): Promise<Project & {said: string[]}> {
    const said: string[] = []
    return {...(await openIn(root, machine.env)), warn: sentence => said.push(sentence), said}
  }

  async function elsewhere(folder: string): Promise<string> {
    const place = path.join(machine.folder, 'elsewhere', path.basename(project.root))
    await mkdir(place, {recursive: true})
    const to = path.join(place, path.basename(folder))
    await rename(folder, to)
    return to
  }

  const NOTED = ['warning', 'codex-planner']
  const MOVES: [what: string, move: () => Promise<{root: string; worktree: string}>, then: (string | null)[]][] = [
    ['without its worktrees (F-075)', async () => ({root: await elsewhere(project.root), worktree}), ['ok', null]],
    [
      'of which only the worktrees were moved, beside it under another name (F-076)',
      async () => {
        const renamed = `${project.root}-new`
        await rename(project.root, renamed)
        await machine.git(renamed, 'worktree', 'repair')
        await rename(`${project.root}-worktrees`, `${renamed}-worktrees`)
        return {root: renamed, worktree: `${renamed}-worktrees/task-001`}
      },
      NOTED,
    ],
    [
      'together with its worktrees (F-077)',
      async () => {
        const root = await elsewhere(project.root)
        return {root, worktree: path.join(await elsewhere(`${project.root}-worktrees`), 'task-001')}
      },
      NOTED,
    ],
  ]

  for (const [what, move, then] of MOVES) {
    describe(what, () => {
      it('is named by the doctor, and the line it gives connects both again, of which the board hears next', async () => {
        const moved = await move()
        const there = await reopened(moved.root)
        const {status: how, detail, remedy} = await finding(there)
        expect([how, remedy]).to.deep.equal(['warning', `git -C ${moved.root} worktree repair ${moved.worktree}`])
        expect(detail).to.contain('nothing in it is lost')
        const {code} = await runProgram('sh', ['-c', remedy ?? ''], {cwd: machine.folder, env: machine.env})
        expect(code).to.equal(0)
        expect(await status(moved.worktree)).to.equal(had.status)
        expect(await connectedWorktree(there, await task(there))).to.equal(moved.worktree)
        const after = await finding(there)
        expect([after.status, after.remedy]).to.deep.equal(then)
      })

      it('loses nothing to a look, to a refusal, to clean or to git’s own pruning', async () => {
        const moved = await move()
        const there = await reopened(moved.root)
        await machine.json(['list-tasks'], {cwd: moved.root})
        const handBack = ['request-review', 'TASK-001', '--summary', 'Done.']
        const refused: Told = await machine.refusal(handBack, {cwd: moved.root})
        expect(refused.code).to.equal('GIT_FAILED')
        expect(refused.suggestions).to.deep.equal([`git -C ${moved.root} worktree repair ${moved.worktree}`])
        const {kept, removed} = await clean(there)
        expect([kept.map(place => place.task_id), removed]).to.deep.equal([['TASK-001'], []])
        await machine.git(moved.root, 'worktree', 'prune', '--expire=now')
        expect(await contents(moved.worktree)).to.deep.equal(had.files)
        await machine.git(moved.root, 'worktree', 'repair', moved.worktree)
        expect(await status(moved.worktree)).to.equal(had.status)
      })

      it('is connected again by the next start of its worker, which says so', async () => {
        const moved = await move()
        const there = await reopened(moved.root)
        const place = await worktreeOf(there, await there.board.read(), await task(there))
        expect(place).to.equal(moved.worktree)
        expect(there.said).to.have.lengthOf(1)
        expect(there.said[0]).to.match(/ was moved to .*; git was told, and all that is in it is as it was\.$/)
        await prepareWorktree(there, {...(await task(there)), worktree: place, base_commit: 'HEAD'})
        expect(await status(place)).to.equal(had.status)
        expect(await contents(place)).to.deep.equal(had.files)
      })

      it('is followed by a launch on the board, for the task and its sessions', async () => {
        const moved = await move()
        const there = await reopened(moved.root)
        expect(await followMoves(there)).to.deep.equal(['TASK-001'])
        const {tasks, sessions} = await there.board.read()
        expect([tasks[0]?.worktree, sessions[0]?.worktree]).to.deep.equal([moved.worktree, moved.worktree])
        expect((await finding(there)).status).to.equal('ok')
        expect(await followMoves(there)).to.deep.equal([])
        expect(await status(moved.worktree)).to.equal(had.status)
      })
    })
  }

  it('is named where somebody stands in its worktree (F-075, F-077)', async () => {
    await elsewhere(project.root)
    const lost = await machine.refusal(['list-tasks'], {cwd: worktree})
    expect([lost.code, lost.message]).to.deep.equal([
      'NOT_A_REPOSITORY',
      `${worktree} is in a worktree of ${project.root}, which is not there any more. Its files are as they were.`,
    ])
    const root = path.join(machine.folder, 'elsewhere', path.basename(project.root), path.basename(project.root))
    const moved = path.join(await elsewhere(`${project.root}-worktrees`), 'task-001')
    const found = await machine.refusal(['list-tasks'], {cwd: moved})
    expect(found.suggestions).to.deep.equal([`codex-planner doctor --repo-path ${root}`])
  })

  it('takes no worktree that another repository may have lost, and says how a person does (F-077)', async () => {
    const root = await elsewhere(project.root)
    await writeFile(path.join(worktree, '.git'), 'gitdir: /somewhere/else/.git/worktrees/task-001\n')
    const found = path.join(await elsewhere(`${project.root}-worktrees`), 'task-001')
    const there = await reopened(root)
    const board = await there.board.read()
    const connecting = (one: Project, task: Task) => worktreeOf(one, board, task)
    for (const work of [connecting, connectedWorktree]) {
      const error: unknown = await work(there, await task(there)).catch((thrown: unknown) => thrown)
      expect(error).to.include({
        code: 'GIT_FAILED',
        message: `The worktree of TASK-001 was moved to ${found}, and git looks for it in ${worktree}.`,
      })
      expect(error).to.have.deep.property('suggestions', [`git -C ${root} worktree repair ${found}`])
    }
    expect(await followMoves(there)).to.deep.equal([])
    expect(await readFile(path.join(found, '.git'), 'utf8')).to.contain('/somewhere/else/')
  })

  it('does not take the worktree from the repository that it was copied from (F-118)', async () => {
    const copy = `${project.root}-copy`
    await cp(project.root, copy, {recursive: true})
    const there = await reopened(copy)
    expect(await followMoves(there)).to.deep.equal([])
    expect((await finding(there)).detail).to.equal(
      `${worktree}, the worktree of TASK-001, belongs to another repository now; it is left as it is`,
    )
    expect(await status(worktree)).to.equal(had.status)
  })

  it('has its worktree made again when that was removed, with what git had staged there set aside (F-067, F-068)', async () => {
    await rm(worktree, {recursive: true})
    const there = await reopened(project.root)
    expect((await finding(there)).detail).to.match(
      /^\/.*\/task-001, the worktree of TASK-001, is gone\. If it was moved,/,
    )
    const place = await worktreeOf(there, await there.board.read(), await task(there))
    await prepareWorktree(there, {...(await task(there)), worktree: place, base_commit: 'HEAD'})
    expect(await status(worktree)).to.equal('')
    expect(there.said[0]).to.match(/was gone and was made again from codex\/task-001;/)
    const {stdout: aside} = await runProgram('ls', [there.paths.trashedGit])
    const index = path.join(there.paths.trashedGit, aside.trim(), 'index')
    const listed = await runProgram('git', ['ls-files', '--stage'], {
      cwd: project.root,
      env: {...machine.env, GIT_INDEX_FILE: index},
    })
    expect(listed.stdout).to.match(/\tstaged\n$/)
  })
})

describe('the check of the trash', () => {
  let machine: Machine

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  it('finds a move that was cut short, and the line it gives finishes it', async () => {
    const project = await aProject(machine)
    const worktree = await aWorktree(project)
    await clean(project)
    const [entry = ''] = await trashed(project)
    expect(await trashFinding(project)).to.deep.include({status: 'ok', remedy: null})
    const {git_folder: gitFolder} = JSON.parse(await readFile(path.join(entry, 'note.json'), 'utf8')) as {
      git_folder: string
    }
    await rename(path.join(project.paths.trashedGit, path.basename(entry)), gitFolder)
    expect(await trashFinding(project)).to.deep.equal({
      status: 'warning',
      detail: `the move of ${worktree} to the trash was cut short, for its command was killed`,
      remedy: 'codex-planner clean --apply',
    })
    await machine.json(['clean', '--apply'], {cwd: project.root})
    expect(existsSync(gitFolder)).to.equal(false)
    expect((await trashFinding(project)).status).to.equal('ok')
  })

  it('finishes none of a worktree that was made again meanwhile, and leaves that one alone (I1)', async () => {
    const project = await aProject(machine)
    const worktree = await aWorktree(project)
    await clean(project)
    const [entry = ''] = await trashed(project)
    const gitFolder = path.join(project.commonDir, 'worktrees', 'task-001')
    await rename(path.join(project.paths.trashedGit, path.basename(entry)), gitFolder)
    const [task] = (await project.board.read()).tasks
    if (!task) throw new Error('There is no task.')
    await prepareWorktree(project, {...task, base_commit: 'HEAD'})
    await writeFile(path.join(worktree, 'work'), 'x\n')
    await putOnBoard(project.root, {tasks: [{status: 'in_progress', worktree, branch: task.branch}]})
    const {removed, kept} = await clean(project)
    expect(removed).to.deep.equal([])
    expect(kept.map(({path: at, why}) => [at, why])).to.deep.include([
      path.join(entry, 'worktree'),
      `It is in the trash, and another one stands in its place, ${worktree}.`,
    ])
    expect(await machine.git(worktree, 'status', '--porcelain')).to.equal('?? work\n')
  })
})
