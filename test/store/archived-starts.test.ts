import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

import {expect} from 'chai'

import {STARTS_KEPT} from '../../src/domain/archive.ts'
import {addSession, changeSession} from '../../src/domain/session.ts'
import {openBoard} from '../../src/store/board.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {forgetIndex} from '../support/parsed-board.ts'
import {aSession, removeTempProjects, tempBoard} from './temp-project.ts'

const runs = (from: number, to: number) => Array.from({length: to - from + 1}, (_, index) => `run-${from + index}`)

/** As a person may have left it: with a comment, and without most keys. */
function entry(number: number): string {
  const month = number <= 2 ? '2026-01' : '2026-02'
  return `  - name: worker-task-${String(number).padStart(3, '0')} # as number ${number}\n    run: run-${number}\n    status: closed\n    backend: tmux\n    worktree: /srv/w\n    started_at: ${month}-03T10:00:00Z\n\n`
}

/** The lines of entries that follow each other, with what a change adds to what was written by hand. */
function lines(...numbers: number[]): RegExp {
  const own = numbers.map(number => `${entry(number).trimEnd()}\\n(?:    .*\\n)*\\n`)
  return new RegExp(own.join(''))
}

async function boardWith(count: number): Promise<ProjectPaths> {
  const {paths} = await tempBoard()
  const entries = Array.from({length: count}, (_, index) => entry(index + 1)).join('')
  await writeFile(paths.board.sessions, `# by hand\nrevision: 4\nsessions:\n${entries}`)
  return paths
}

async function start(paths: ProjectPaths, run: string): Promise<string[]> {
  const session = aSession({run, status: 'closed', prompt_file: null, revision: 0})
  const {board, warnings} = await openBoard(paths).change(before => [addSession(before, session), null])
  expect(warnings).to.deep.equal([])
  return board.sessions.map(({run}) => run)
}

async function onBoard(paths: ProjectPaths): Promise<string[]> {
  await forgetIndex(paths.kept)
  return (await openBoard(paths).read()).sessions.map(({run}) => run)
}

async function inArchive(paths: ProjectPaths): Promise<string[]> {
  return (await openBoard(paths).archivedStarts()).map(({run}) => run)
}

describe('records of starts that leave the board', () => {
  after(removeTempProjects)

  it('go to the file of their month, line by line as they stood, and are still found', async () => {
    const paths = await boardWith(STARTS_KEPT + 2)
    expect(await start(paths, 'new')).to.deep.equal([...runs(4, STARTS_KEPT + 2), 'new'])
    expect(await onBoard(paths)).to.deep.equal([...runs(4, STARTS_KEPT + 2), 'new'])
    expect(await inArchive(paths)).to.deep.equal(runs(1, 3))
    expect(await readdir(paths.board.archive)).to.have.members(['sessions-2026-01.yaml', 'sessions-2026-02.yaml'])
    const january = await readFile(join(paths.board.archive, 'sessions-2026-01.yaml'), 'utf8')
    expect(january)
      .to.match(/^# .*\nsessions:\n/)
      .and.to.match(lines(1, 2))
    expect(await readFile(paths.board.sessions, 'utf8'))
      .to.match(/^# by hand\n/)
      .and.to.match(lines(4, 5))
  })

  it('are told apart from the tasks of that month', async () => {
    const paths = await boardWith(STARTS_KEPT + 1)
    await start(paths, 'new')
    const tasks = `tasks:\n  - id: TASK-001\n    title: Old\n    status: done\n`
    await writeFile(join(paths.board.archive, '2026-01.yaml'), tasks)
    const board = openBoard(paths)
    expect((await board.archivedTasks()).map(({id}) => id)).to.deep.equal(['TASK-001'])
    expect(await inArchive(paths)).to.deep.equal(runs(1, 2))
  })

  it('are added to what is there, once, also when an editor brings them back', async () => {
    const paths = await boardWith(STARTS_KEPT)
    await start(paths, 'first')
    const opened = await readFile(paths.board.sessions, 'utf8')
    await start(paths, 'second')
    expect(await inArchive(paths)).to.deep.equal(runs(1, 2))
    await writeFile(paths.board.sessions, `${opened}# typed\n`)
    const {board} = await openBoard(paths).change(before => [changeSession(before, 'first', {attention: 'x'}), null])
    expect(board.sessions.map(({run}) => run)).to.include.members(['first', 'second'])
    await start(paths, 'third')
    expect(await inArchive(paths)).to.deep.equal(runs(1, 3))
    const january = await readFile(join(paths.board.archive, 'sessions-2026-01.yaml'), 'utf8')
    expect(january.match(/run: run-2$/gm)).to.have.length(1)
    expect(await readFile(paths.board.sessions, 'utf8')).to.include('# typed\n')
  })

  it('make room on a board that is full of them', async () => {
    const paths = await boardWith(0)
    const filler = `    attention: ${'x'.repeat(19_000)}\n`
    const entries = Array.from({length: STARTS_KEPT + 30}, (_, index) => `${entry(index + 1).trimEnd()}\n${filler}`)
    await writeFile(paths.board.sessions, `revision: 4\nsessions:\n${entries.join('')}`)
    expect(await start(paths, 'new')).to.have.length(STARTS_KEPT)
    expect(await inArchive(paths)).to.have.length(31)
  })

  it('stay, and the change counts, where their lines cannot be taken out', async () => {
    const paths = await boardWith(STARTS_KEPT + 1)
    await writeFile(paths.board.sessions, `${await readFile(paths.board.sessions, 'utf8')}format: 1\n`)
    expect(await start(paths, 'new')).to.deep.equal([...runs(1, STARTS_KEPT + 1), 'new'])
    expect(await inArchive(paths)).to.deep.equal([])
  })
})
