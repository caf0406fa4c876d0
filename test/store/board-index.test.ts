import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {chmod, chown, mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

import {expect} from 'chai'
import fc from 'fast-check'

import {addTask, changeTask} from '../../src/domain/task.ts'
import {openBoard} from '../../src/store/board.ts'
import {parseBoardText} from '../../src/store/board-file.ts'
import {boardSchemas, SHAPE} from '../../src/store/board-schema.ts'
import {type ProjectPaths, projectPaths} from '../../src/store/paths.ts'
import {NOW, removeTempProjects, tempBoard} from './temp-project.ts'

/** Replaces what the index says of the tasks, so that its use can be seen. */
async function forge(paths: ProjectPaths, from: string, to: string): Promise<void> {
  const [head = '', body = '', ...text] = (await readFile(indexOf(paths), 'utf8')).split('\n')
  const forged = body.replaceAll(from, to)
  expect(forged).to.not.equal(body)
  await writeFile(indexOf(paths), [head, forged, ...text].join('\n'))
}

function indexOf(paths: ProjectPaths): string {
  return join(paths.kept, 'index-board-tasks.json')
}

async function titles(paths: ProjectPaths): Promise<string[]> {
  return (await openBoard(paths).read()).tasks.map(({title}) => title)
}

async function boardWithTask(): Promise<ProjectPaths> {
  const {paths, board} = await tempBoard()
  await board.change(before => addTask(before, {title: 'Written'}, NOW))
  return paths
}

describe('what is known of a board that was parsed before', () => {
  after(removeTempProjects)

  it('is used for the very same file, after a change and after a read', async () => {
    const paths = await boardWithTask()
    await forge(paths, 'Written', 'Indexed')
    expect(await titles(paths)).to.deep.equal(['Indexed'])
    await rm(indexOf(paths))
    expect(await titles(paths)).to.deep.equal(['Written'])
    await forge(paths, 'Written', 'Indexed')
    expect(await titles(paths)).to.deep.equal(['Indexed'])
  })

  it('is nothing against a save by hand, be it of the same size and time', async () => {
    const paths = await boardWithTask()
    const before = await stat(paths.board.tasks)
    await writeFile(paths.board.tasks, (await readFile(paths.board.tasks, 'utf8')).replace('Written', 'By hand'))
    await utimes(paths.board.tasks, before.atime, before.mtime)
    expect((await stat(paths.board.tasks)).size).to.equal(before.size)
    expect(await titles(paths)).to.deep.equal(['By hand'])
  })

  it('is nothing for a copy of the repository, which may come from anybody', async () => {
    const paths = await boardWithTask()
    await forge(paths, 'Written', 'Indexed')
    const copy = `${paths.root}/copy`
    await mkdir(copy)
    execFileSync('cp', ['-a', join(paths.root, '.codex'), join(paths.root, '.git'), copy])
    expect(await titles(projectPaths(copy, join(copy, '.git')))).to.deep.equal(['Written'])
  })

  it('is not taken from a file that others can write, from behind a link or from anything but a file', async () => {
    const paths = await boardWithTask()
    await forge(paths, 'Written', 'Indexed')
    await chmod(indexOf(paths), 0o620)
    expect(await titles(paths)).to.deep.equal(['Written'])
    await forge(paths, 'Written', 'Indexed')
    await rename(indexOf(paths), `${paths.root}/elsewhere`)
    await symlink(`${paths.root}/elsewhere`, indexOf(paths))
    expect(await titles(paths)).to.deep.equal(['Written'])
    expect(await readFile(`${paths.root}/elsewhere`, 'utf8')).to.include('Indexed')
    await rm(indexOf(paths))
    execFileSync('mkfifo', [indexOf(paths)])
    expect(await titles(paths)).to.deep.equal(['Written'])
    await rm(indexOf(paths))
    await mkdir(indexOf(paths))
    expect(await titles(paths)).to.deep.equal(['Written'])
  })

  it('is not taken from a file of somebody else', async function () {
    if (process.getuid?.() !== 0) this.skip()
    const paths = await boardWithTask()
    await forge(paths, 'Written', 'Indexed')
    await chown(indexOf(paths), 12_345, 12_345)
    expect(await titles(paths)).to.deep.equal(['Written'])
  })

  it('is parsed again when it was cut short, is of another boot, or of a version that reads boards differently', async () => {
    const paths = await boardWithTask()
    const whole = await readFile(indexOf(paths), 'utf8')
    const forged = whole.replace('"Written"', '"Altered"')
    const others = [
      forged.replace(/ (\d+)\.\d+ /, ` $1.${SHAPE + 1} `),
      forged.replace(/ \d+(\.\d+) /, ' 999$1 '),
      forged.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, '0b007ed0-0000-4000-8000-000000000000'),
      forged.replace('latest', 'own'),
      forged.replace(/\{.*/, body => '\0'.repeat(body.length)),
    ]
    expect(others).to.not.include(forged)
    const cut = ['', '\n', forged.slice(0, 40), forged.slice(0, -20), '\0'.repeat(whole.length)]
    for (const text of [...cut, ...others]) {
      await writeFile(indexOf(paths), text)
      expect(await titles(paths), text).to.deep.equal(['Written'])
    }
  })

  it('is kept of what a person wrote, with the text that it is for', async () => {
    const paths = await boardWithTask()
    const text = (await readFile(paths.board.tasks, 'utf8')).replace('Written', 'By hand')
    await writeFile(paths.board.tasks, text)
    expect(await titles(paths)).to.deep.equal(['By hand'])
    expect((await readFile(indexOf(paths), 'utf8')).split('\n').slice(2).join('\n')).to.equal(text)
    await forge(paths, 'By hand', 'Indexed')
    expect(await titles(paths)).to.deep.equal(['Indexed'])
    // What a save within the same tick of the clock does: it leaves the times as they were.
    await writeFile(indexOf(paths), (await readFile(indexOf(paths), 'utf8')).replace('By hand', 'Before!'))
    expect(await titles(paths)).to.deep.equal(['By hand'])
  })

  it('can be deleted at any time, and is not made where there is no place for it', async () => {
    const paths = await boardWithTask()
    await rm(paths.kept, {recursive: true})
    expect(await titles(paths)).to.deep.equal(['Written'])
    expect(existsSync(indexOf(paths))).to.equal(false)
  })

  it('says after any change what the parser says of the text that was written', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'First'}, NOW))
    await writeFile(
      paths.board.tasks,
      `${await readFile(paths.board.tasks, 'utf8')}  # a comment\n  - {id: TASK-002, title: Flow}\n  - id: TASK-003\n    title: Bare\n`,
    )
    const texts = fc.oneof(
      fc.string({unit: 'binary'}),
      fc.constantFrom('- id: TASK-001', '#', '\n\n', 'yes', '1e3', '\t'),
    )
    const title = texts.filter(text => /\S/.test(text) && text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
    const description = texts.filter(text => /\S/.test(text) && text.isWellFormed() && !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 0, max: 3}), title, description, async (which, title, description) => {
        await board.change(before =>
          which === 0
            ? addTask(before, {title, description}, NOW)
            : changeTask(before, `TASK-00${which}`, {title, description}, NOW),
        )
        const said = await parseBoardText(paths, 'tasks', await readFile(paths.board.tasks, 'utf8'))
        expect(JSON.parse((await readFile(indexOf(paths), 'utf8')).split('\n')[1] ?? '')).to.deep.equal(said)
      }),
      {numRuns: 60},
    )
  })

  it('is counted anew with every change of what the schemas make of a text', async () => {
    const {tasks, sessions} = await boardSchemas()
    const digest = createHash('sha256')
      .update(JSON.stringify([described(tasks), described(sessions)]))
      .digest('hex')
    expect([SHAPE, digest.slice(0, 16)], 'raise SHAPE, and put the new pair here').to.deep.equal([
      1,
      '939424258696e27a',
    ])
  })
})

/** A schema as data. */
function described(value: unknown): unknown {
  if (typeof value === 'function') return String(value)
  if (value instanceof RegExp) return String(value)
  if (Array.isArray(value)) return value.map(described)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('~') && key !== 'reference')
  return Object.fromEntries(kept.map(([key, part]) => [key, described(part)]))
}
