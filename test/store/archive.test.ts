import {mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

import {expect} from 'chai'

import {FINISHED_KEPT} from '../../src/domain/archive.ts'
import {addTask, changeTask, TaskNotFound} from '../../src/domain/task.ts'
import {openBoard} from '../../src/store/board.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {forgetIndex} from '../support/parsed-board.ts'
import {output, start} from './start-process.ts'
import {NOW, refusal, removeTempProjects, tempBoard} from './temp-project.ts'

const OPEN = 'TASK-500'
const id = (number: number) => `TASK-${String(number).padStart(3, '0')}`
const names = (from: number, to: number) => Array.from({length: to - from + 1}, (_, index) => id(from + index))

function entry(number: number): string {
  const month = number <= 2 ? '2026-01' : '2026-02'
  return `  - id: ${id(number)} # as number ${number}\n    title: Task ${number}\n    status: done\n    updated_at: ${month}-03\n\n`
}

/** The lines of entries that follow each other, with what a change adds to what was written by hand. */
function lines(...numbers: number[]): RegExp {
  const own = numbers.map(
    number => `  - id: ${id(number)} # as number ${number}\\n    title: Task ${number}\\n(?:    .*\\n)*\\n`,
  )
  return new RegExp(own.join(''))
}

/** As many finished tasks, written by hand, and an open one before them. */
async function boardWith(count: number, more = ''): Promise<ProjectPaths> {
  const {paths} = await tempBoard()
  const entries = Array.from({length: count}, (_, index) => entry(index + 1)).join('')
  const head = `# by hand\nrevision: 4\nlast_task: 600\ntasks:\n  - id: ${OPEN}\n    title: Open\n`
  await writeFile(paths.board.tasks, `${head}${entries}${more}`)
  return paths
}

async function change(paths: ProjectPaths, title: string): Promise<string[]> {
  const {board, warnings} = await openBoard(paths).change(before => changeTask(before, OPEN, {title}, NOW))
  expect(warnings).to.deep.equal([])
  return board.tasks.map(task => task.id)
}

async function onBoard(paths: ProjectPaths): Promise<string[]> {
  await forgetIndex(paths.kept)
  return (await openBoard(paths).read()).tasks.map(task => task.id)
}

async function inArchive(paths: ProjectPaths): Promise<string[]> {
  return (await openBoard(paths).archivedTasks()).map(task => task.id)
}

async function monthOf(paths: ProjectPaths, name: string): Promise<string> {
  return readFile(join(paths.board.archive, name), 'utf8')
}

describe('finished tasks that leave the board', () => {
  after(removeTempProjects)

  it('go to the file of their month, line by line as they stood, and are still found', async () => {
    const paths = await boardWith(FINISHED_KEPT + 3)
    expect(await change(paths, 'Open still')).to.deep.equal([OPEN, ...names(4, FINISHED_KEPT + 3)])
    expect(await onBoard(paths)).to.deep.equal([OPEN, ...names(4, FINISHED_KEPT + 3)])
    expect(await inArchive(paths)).to.deep.equal(names(1, 3))
    expect(await readdir(paths.board.archive)).to.have.members(['2026-01.yaml', '2026-02.yaml'])
    expect(await monthOf(paths, '2026-01.yaml'))
      .to.match(/^# .*\ntasks:\n/)
      .and.to.match(lines(1, 2))
    const tasks = await readFile(paths.board.tasks, 'utf8')
    expect(tasks)
      .to.match(/^# by hand\n/)
      .and.to.include('title: Open still\n')
      .and.to.match(lines(4, 5))
  })

  it('are added to what is there, and no number is given again', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    await change(paths, 'once')
    const board = openBoard(paths)
    const {value} = await board.change(before => addTask(before, {title: 'New'}, NOW))
    expect(value.id).to.equal('TASK-601')
    await board.change(before => changeTask(before, 'TASK-601', {status: 'cancelled'}, NOW))
    expect(await inArchive(paths)).to.deep.equal(names(1, 2))
    expect(await monthOf(paths, '2026-01.yaml')).to.match(lines(1, 2))
  })

  it('come back when something is to be done with them, and leave again as they are then', async () => {
    const paths = await boardWith(FINISHED_KEPT + 2)
    await change(paths, 'once')
    const board = openBoard(paths)
    const {board: after, value} = await board.change(before =>
      addTask(before, {title: 'New', depends_on: [id(1)]}, NOW),
    )
    expect(value.depends_on).to.deep.equal([id(1)])
    expect(after.tasks.map(task => task.id)).to.include(id(1))
    expect(await inArchive(paths)).to.deep.equal([id(2), id(3)])
    await board.change(before => changeTask(before, id(2), {title: 'Retitled'}, NOW))
    expect(await onBoard(paths)).to.include.members([id(1), id(2)])
    expect(await inArchive(paths)).to.deep.equal([id(3), id(4)])
  })

  it('outlive the folder of the board, and come back whole with the next that leaves', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    await change(paths, 'once')
    const board = openBoard(paths)
    await rm(paths.board.archive, {recursive: true})
    expect(await inArchive(paths)).to.deep.equal([id(1)])
    const {value} = await board.change(before => addTask(before, {title: 'New'}, NOW))
    await board.change(before => changeTask(before, value.id, {status: 'cancelled'}, NOW))
    expect(await monthOf(paths, '2026-01.yaml')).to.match(lines(1, 2))
  })

  it('are missed like any other when they are in no archive', async () => {
    const paths = await boardWith(FINISHED_KEPT + 2)
    await change(paths, 'once')
    const missed = refusal(openBoard(paths).change(before => changeTask(before, 'TASK-599', {title: 'x'}, NOW)))
    expect(await missed).to.include({code: 'TASK_NOT_FOUND', message: 'There is no task TASK-599 on this board.'})
  })

  it('are what they were the last time, when they left more than once', async () => {
    const paths = await boardWith(0)
    await mkdir(paths.board.archive)
    for (const [month, title, revision] of [
      ['2026-01', 'New', 9],
      ['2026-02', 'Old', 3],
    ] as const) {
      const text = `tasks:\n  - id: ${id(1)}\n    title: ${title}\n    status: done\n    revision: ${revision}\n`
      await writeFile(join(paths.board.archive, `${month}.yaml`), text)
    }
    expect((await openBoard(paths).archivedTasks()).map(task => task.title)).to.deep.equal(['New'])
  })

  it('are looked for once only: a change that refuses them all the same is refused', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    await change(paths, 'once')
    const refused = openBoard(paths).change(() => {
      throw new TaskNotFound(id(1))
    })
    expect(await refusal(refused)).to.include({code: 'TASK_NOT_FOUND'})
  })

  it('are in one place or both, and never in none, when the process is killed between the two', async () => {
    const paths = await boardWith(FINISHED_KEPT + 2)
    expect(await output(start('die-after-archive.ts', paths.root))).to.equal('')
    expect(await onBoard(paths)).to.include.members(names(1, 2))
    expect(await inArchive(paths)).to.deep.equal([])
    await change(paths, 'next')
    expect(await onBoard(paths)).to.not.include.members(names(1, 1))
    expect(await inArchive(paths)).to.deep.equal(names(1, 2))
    expect((await monthOf(paths, '2026-01.yaml')).match(/id: TASK-001/g)).to.have.length(1)
  })

  it('stay while their worktree stands, so that it is known whose it is', async () => {
    const paths = await boardWith(0)
    const worktree = join(paths.root, 'worktree')
    await mkdir(worktree)
    const entries = [1, 2].map(
      number => `${entry(number).trimEnd()}\n    worktree: ${number === 1 ? worktree : `${worktree}-gone`}\n`,
    )
    const others = Array.from({length: FINISHED_KEPT}, (_, index) => entry(index + 3)).join('')
    await writeFile(paths.board.tasks, `${await readFile(paths.board.tasks, 'utf8')}${entries.join('')}${others}`)
    await change(paths, 'once')
    expect(await inArchive(paths)).to.deep.equal([id(2)])
    await rm(worktree, {recursive: true})
    await change(paths, 'twice')
    expect(await inArchive(paths)).to.have.members([id(1), id(2)])
  })

  for (const [what, prepare] of Object.entries({
    'is a link': async (archive: string) => symlink('/tmp', archive),
    'is a file': async (archive: string) => writeFile(archive, 'mine'),
    'holds a month in a shape that cannot be added to': async (archive: string) => {
      await mkdir(archive)
      await writeFile(join(archive, '2026-01.yaml'), 'tasks: []\n')
    },
  })) {
    it(`stay, and the change counts, where the archive ${what}`, async () => {
      const paths = await boardWith(FINISHED_KEPT + 2)
      await prepare(paths.board.archive)
      expect(await change(paths, 'all the same')).to.deep.equal([OPEN, ...names(1, FINISHED_KEPT + 2)])
      expect(await onBoard(paths)).to.deep.equal([OPEN, ...names(1, FINISHED_KEPT + 2)])
    })
  }

  it('stay where their lines cannot be taken out, and the last one always does', async () => {
    const flow = await boardWith(FINISHED_KEPT + 1, 'format: 1\n')
    expect(await change(flow, 'all the same')).to.have.length(FINISHED_KEPT + 2)
    const last = await boardWith(0, entry(550))
    await change(last, 'once')
    const text = await readFile(last.board.tasks, 'utf8')
    const others = Array.from({length: FINISHED_KEPT}, (_, index) => entry(index + 1)).join('')
    await writeFile(last.board.tasks, text.replace(`  - id: ${id(550)}`, `${others}$&`))
    expect(await change(last, 'all the same')).to.have.length(FINISHED_KEPT + 2)
  })

  it('go on in a second file when the first is full', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    await mkdir(paths.board.archive)
    await writeFile(join(paths.board.archive, '2026-01.yaml'), `tasks:\n${entry(550)}# ${'x'.repeat(4_999_800)}\n`)
    await change(paths, 'once')
    expect(await readdir(paths.board.archive)).to.have.members(['2026-01.yaml', '2026-01-2.yaml'])
    expect(await inArchive(paths)).to.deep.equal([id(550), id(1)])
  })

  it('are told with the file and the line when a person has damaged it, and the board is as usable as before', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    await change(paths, 'once')
    await writeFile(join(paths.board.archive, '2026-01.yaml'), 'tasks:\n  - id: TASK-1\n')
    const told = await refusal(openBoard(paths).archivedTasks())
    expect(told.code).to.equal('CORRUPT_BOARD')
    expect(told.message).to.include('.codex/board/archive/2026-01.yaml line 2')
    expect(await change(paths, 'twice')).to.have.length(FINISHED_KEPT + 1)
  })

  it('are no news when an editor that had them open brings them back', async () => {
    const paths = await boardWith(FINISHED_KEPT + 1)
    const board = openBoard(paths)
    await board.change(before => addTask(before, {title: 'First'}, NOW))
    expect(await inArchive(paths)).to.deep.equal(names(1, 1))
    const opened = await readFile(paths.board.tasks, 'utf8')
    await board.change(before => changeTask(before, 'TASK-601', {status: 'cancelled'}, NOW))
    expect(await inArchive(paths)).to.deep.equal(names(1, 2))
    await writeFile(paths.board.tasks, `${opened}# typed\n`)
    const {board: after} = await board.change(before => addTask(before, {title: 'Second'}, NOW))
    expect(await readFile(paths.board.tasks, 'utf8')).to.include('# typed\n')
    expect(after.tasks.find(task => task.id === id(2))?.revision ?? 0).to.equal(0)
    await change(paths, 'once more')
    expect(await inArchive(paths)).to.deep.equal(names(1, 2))
    expect((await monthOf(paths, '2026-01.yaml')).match(/id: TASK-002/g)).to.have.length(1)
  })
})
