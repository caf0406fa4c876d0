import {execFileSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {chmod, chown, mkdir, readFile, rename, rm, stat, symlink, truncate, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {expect} from 'chai'

import {addSession} from '../../src/domain/session.ts'
import {addTask, changeTask} from '../../src/domain/task.ts'
import {openBoard} from '../../src/store/board.ts'
import {readBoardFile} from '../../src/store/board-file.ts'
import {glanced} from '../../src/store/board-glance.ts'
import {indexed, isClearlyLater, keepIndex} from '../../src/store/board-index.ts'
import {type FileStamp, stampedFile} from '../../src/store/file-stamp.ts'
import {latestStamp, latestText} from '../../src/store/good-copies.ts'
import {hashOf, writeJournal} from '../../src/store/journal.ts'
import {type ProjectPaths, projectPaths} from '../../src/store/paths.ts'
import {parsedBoard} from '../support/parsed-board.ts'
import {aSession, NOW, removeTempProjects, tempBoard} from './temp-project.ts'

const CLEARLY_LATER_MS = 2600

async function written(): Promise<ProjectPaths> {
  const {paths, board} = await tempBoard()
  await board.change(before => addTask(before, {title: 'Written'}, NOW))
  await board.change(before => [addSession(before, aSession()), null])
  return paths
}

function indexOf(paths: ProjectPaths, name = 'tasks'): string {
  return join(paths.kept, `index-board-${name}.json`)
}

function latestOf(paths: ProjectPaths): string {
  return join(paths.good, 'tasks.yaml', 'latest')
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  expect(text).to.match(new RegExp(from))
  await writeFile(file, text.replace(from, to))
}

/** As a reader does who comes clearly later, without the wait for it. */
async function prove(paths: ProjectPaths): Promise<ProjectPaths> {
  for (const name of ['tasks', 'sessions']) await edit(indexOf(paths, name), /^\?/, '=')
  expect(await glanced(paths)).to.not.equal(undefined)
  return paths
}

async function titles(paths: ProjectPaths): Promise<string[]> {
  return (await openBoard(paths).read()).tasks.map(({title}) => title)
}

async function markOf(paths: ProjectPaths): Promise<string> {
  return (await readFile(indexOf(paths), 'utf8')).slice(0, 1)
}

describe('a board that is known without its texts', () => {
  after(removeTempProjects)

  it('is what a reader has compared with what was last written, clearly after that', async () => {
    const {paths: fresh} = await tempBoard()
    const paths = await written()
    await openBoard(paths).read()
    expect(await glanced(paths)).to.equal(undefined)
    await delay(CLEARLY_LATER_MS)
    expect(await glanced(paths)).to.equal(undefined)
    for (const one of [paths, fresh]) await openBoard(one).read()
    const found = await glanced(paths)
    expect(found).to.deep.equal(await parsedBoard(paths))
    expect(found?.tasks[0]?.title).to.equal('Written')
    expect(found?.sessions).to.have.length(1)
    // A reader who parses proves it at once, and so it is with files of which nothing was ever written.
    expect(await glanced(paths)).to.deep.equal(found)
    expect(await glanced(fresh)).to.deep.equal({revision: 0, last_task: 0, tasks: [], sessions: []})
  })

  it('is read anew after a change, and not called proven by it', async () => {
    const paths = await prove(await written())
    await openBoard(paths).change(board => changeTask(board, 'TASK-001', {title: 'Changed'}, NOW))
    expect(await glanced(paths)).to.equal(undefined)
    expect(await titles(paths)).to.deep.equal(['Changed'])
    expect(await markOf(paths)).to.equal('?')
  })

  it('is never proven by a text that differs from what was written, be it saved within the same tick', async () => {
    const paths = await written()
    await edit(paths.board.tasks, 'Written', 'By hand')
    const file = await readBoardFile(paths, 'tasks')
    const latest = await latestText(paths, 'tasks.yaml', 5_000_000)
    if (!file || !latest) throw new Error('there is a board')
    const said = JSON.parse((await readFile(indexOf(paths), 'utf8')).split('\n')[1] ?? '') as never
    // What a writer notes whose file is saved before its clock moves on.
    await keepIndex(paths, 'board-tasks', {text: latest.text, stamp: file.stamp}, said, {latest})
    const lookedAt = Number(file.stamp.ctime_ns / 1_000_000n) + 60_000
    expect(await indexed(paths, 'board-tasks', file, {latest, lookedAt})).to.equal(undefined)
    expect(await markOf(paths)).to.equal('?')
    expect(await titles(paths)).to.deep.equal(['By hand'])
  })

  it('is not proven while a change of both files is on its way', async () => {
    const paths = await written()
    const text = await readFile(paths.board.tasks, 'utf8')
    await writeJournal(paths, {
      tasks: {before: null, after: text},
      sessions: {before: null, after: await readFile(paths.board.sessions, 'utf8')},
    })
    await delay(CLEARLY_LATER_MS)
    await openBoard(paths).read()
    expect(await markOf(paths)).to.equal('?')
  })

  const FAULTS: [what: string, harm: (paths: ProjectPaths) => Promise<unknown>][] = [
    ['the file has another time', ({board: {tasks}}) => utimes(tasks, 1_700_000_000, 1_700_000_000)],
    [
      'the copy was replaced',
      async paths => {
        await writeFile(`${latestOf(paths)}-new`, await readFile(latestOf(paths)))
        await rename(`${latestOf(paths)}-new`, latestOf(paths))
      },
    ],
    ['the copy is gone', paths => rm(latestOf(paths))],
    ['the copy says something else', paths => edit(latestOf(paths), 'Written', 'Another')],
    ['the index is of another boot', paths => edit(indexOf(paths), /[\da-f]{8}-/, '0b007ed0-')],
    ['the index can be written by others', paths => chmod(indexOf(paths), 0o602)],
    ['the index was deleted', paths => rm(indexOf(paths))],
    ['the index of the other file was deleted', paths => rm(indexOf(paths, 'sessions'))],
    ['the index was cut short', async paths => truncate(indexOf(paths), (await stat(indexOf(paths))).size - 1)],
    ['the index has nothing in it', paths => truncate(indexOf(paths), 0)],
    ['the index is zeros behind its first line', paths => edit(indexOf(paths), /\{.*/s, '\0'.repeat(100))],
    [
      'the index is a link',
      async paths => {
        await rename(indexOf(paths), `${paths.root}/index`)
        await symlink(`${paths.root}/index`, indexOf(paths))
      },
    ],
    ['a journal that nobody can read stands there', paths => writeFile(paths.journal, 'not ours')],
    ['all that is kept beside it is gone', paths => rm(paths.kept, {recursive: true})],
  ]

  for (const [what, harm] of FAULTS) {
    it(`is read from its texts when ${what}`, async () => {
      const paths = await prove(await written())
      await harm(paths)
      expect(await glanced(paths)).to.equal(undefined)
      expect(await titles(paths)).to.deep.equal(['Written'])
    })
  }

  it('is read from its texts when the file was saved in place, with its size and time as they were', async () => {
    const paths = await written()
    const setTime = () => utimes(paths.board.tasks, 1_700_000_000, 1_700_000_000)
    await setTime()
    await openBoard(paths).read()
    await prove(paths)
    const {mtimeMs, size} = await stat(paths.board.tasks)
    await edit(paths.board.tasks, 'Written', 'By hand')
    await setTime()
    expect(await stat(paths.board.tasks)).to.include({mtimeMs, size})
    expect(await glanced(paths)).to.equal(undefined)
    expect(await titles(paths)).to.deep.equal(['By hand'])
  })

  it('is read from its texts when one of them is saved while it is looked at', async () => {
    const paths = await prove(await written())
    const {journal} = paths
    let looks = 0
    const saved = Object.defineProperty({...paths}, 'journal', {
      get: () => {
        looks += 1
        writeFileSync(paths.board.sessions, '# saved by hand\n', {flag: 'a'})
        return journal
      },
    })
    expect(await glanced(saved)).to.equal(undefined)
    expect(looks).to.equal(1)
  })

  it('is read from its texts when the index is of somebody else', async function () {
    if (process.getuid?.() !== 0) this.skip()
    const paths = await prove(await written())
    await chown(indexOf(paths), 12_345, 12_345)
    expect(await glanced(paths)).to.equal(undefined)
  })

  it('is seen whole while a change of both files is on its way', async () => {
    const paths = await prove(await written())
    const [tasks, sessions] = [await readFile(paths.board.tasks, 'utf8'), await readFile(paths.board.sessions, 'utf8')]
    await writeJournal(paths, {
      tasks: {before: hashOf(tasks), after: tasks.replace('Written', 'On its way')},
      sessions: {before: hashOf(sessions), after: sessions},
    })
    expect(await glanced(paths)).to.equal(undefined)
    expect(await titles(paths)).to.deep.equal(['On its way'])
  })

  for (const [what, harm] of Object.entries({
    'the file is a link': async ({root, board: {tasks}}: ProjectPaths) => {
      await rename(tasks, `${root}/tasks.yaml`)
      await symlink(`${root}/tasks.yaml`, tasks)
    },
    'its folder is a link': async ({root, board: {folder}}: ProjectPaths) => {
      await rename(folder, `${root}/board`)
      await symlink(`${root}/board`, folder)
    },
    'the copy is behind a link': async ({root, good}: ProjectPaths) => {
      await rename(good, `${root}/good`)
      await symlink(`${root}/good`, good)
    },
  })) {
    it(`is refused as before when ${what}`, async () => {
      const paths = await prove(await written())
      await harm(paths)
      expect(await glanced(paths)).to.equal(undefined)
      const error: unknown = await openBoard(paths)
        .read()
        .catch((error: unknown) => error)
      expect(error).to.include({code: 'UNSAFE_FILE'})
    })
  }

  it('is not that of a copy of the repository', async () => {
    const paths = await prove(await written())
    const copy = join(paths.root, 'copy')
    await mkdir(copy)
    execFileSync('cp', ['-a', paths.codex, join(paths.root, '.git'), copy])
    const copied = projectPaths(copy, join(copy, '.git'))
    expect(await glanced(copied)).to.equal(undefined)
    expect(await titles(copied)).to.deep.equal(['Written'])
  })

  it('is told with a person’s edits from the texts, however long they stand', async () => {
    const paths = await written()
    await edit(paths.board.tasks, 'Written', 'By hand')
    await openBoard(paths).read()
    await edit(indexOf(paths), /^\?/, '=')
    await edit(indexOf(paths, 'sessions'), /^\?/, '=')
    expect(await glanced(paths)).to.equal(undefined)
    expect(await titles(paths)).to.deep.equal(['By hand'])
  })
})

describe('a look that comes clearly later', () => {
  const at = 1_770_000_000_000
  const stamp = (changed: number, nanoseconds = 0): FileStamp => ({
    dev: 1n,
    ino: 2n,
    size: 3n,
    mtime_ns: 0n,
    ctime_ns: BigInt(changed) * 1_000_000n + BigInt(nanoseconds),
  })

  for (const [what, file, latest, isLater] of [
    ['both changed long ago', at - 60_000, at - 60_000, true],
    ['nothing was ever written', at - 60_000, undefined, true],
    ['both changed as long ago as any clock needs', at - 2500, at - 2500, true],
    ['the file changed within a tick of a coarse clock', at - 2499, at - 60_000, false],
    ['the copy did', at - 60_000, at - 2499, false],
    ['it changed in the same moment', at, at, false],
    ['the file is of the future, or the clock was set back', at + 3_600_000, at - 60_000, false],
    ['the copy is', at - 60_000, at + 1, false],
  ] as const) {
    it(`${isLater ? 'is one' : 'is none'} when ${what}`, () => {
      const pair = {file: stamp(file), latest: latest === undefined ? undefined : stamp(latest)}
      expect(isClearlyLater(at, pair)).to.equal(isLater)
    })
  }

  for (const [what, file, latest, isLater] of [
    ['both were changed', stamp(at - 250, 999_999), stamp(at - 250, 1), true],
    ['the file was changed a moment ago', stamp(at - 249, 999_999), stamp(at - 250, 1), false],
    ['the copy was', stamp(at - 250, 999_999), stamp(at - 249, 1), false],
    ['the time of the copy may be a coarse one', stamp(at - 2499, 999_999), stamp(at - 2499), false],
  ] as const) {
    it(`${isLater ? 'comes soon' : 'does not come soon'} on a disk with fine times when ${what}`, () => {
      expect(isClearlyLater(at, {file, latest})).to.equal(isLater)
    })
  }

  it('is none when what was looked at is not what stands on the disk', () => {
    expect(isClearlyLater(undefined, {file: stamp(0), latest: undefined})).to.equal(false)
  })

  it('is told from times that are those of the disk', async () => {
    const {paths} = await tempBoard()
    const [found, latest] = [await stampedFile(paths.board.tasks), await latestStamp(paths, 'tasks.yaml')]
    if (!found) throw new Error('there is a board')
    expect(latest).to.equal(undefined)
    const {ctimeNs} = await stat(paths.board.tasks, {bigint: true})
    const [changed, tick] = [Number(ctimeNs / 1_000_000n), ctimeNs % 1_000_000n === 0n ? 2500 : 250]
    expect(isClearlyLater(changed + tick, {file: found.stamp, latest})).to.equal(true)
    expect(isClearlyLater(changed + tick - 1, {file: found.stamp, latest})).to.equal(false)
  })
})
