import {once} from 'node:events'
import fs from 'node:fs'
import {readdir, readFile, writeFile} from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import {expect} from 'chai'

import {addTask} from '../../src/domain/task.ts'
import {openBoard} from '../../src/store/board.ts'
import {withLock} from '../../src/store/lock.ts'
import {output, runToEnd, start} from './start-process.ts'
import {NOW, refusal, removeTempProjects, tempBoard} from './temp-project.ts'

describe('several processes on one board', () => {
  after(removeTempProjects)

  it('lose no change, give no number twice and leave out no revision (F-104)', async () => {
    const {paths} = await tempBoard()
    const outputs = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map(author => output(start('add-tasks.ts', paths.root, '20', author))),
    )
    const acknowledged = outputs.flatMap(text =>
      text
        .trim()
        .split('\n')
        .map(line => line.split(' ')),
    )
    const numbers = Array.from({length: 120}, (_, index) => index + 1)
    const {tasks, revision} = await openBoard(paths).read()
    expect(acknowledged.map(([, revision]) => Number(revision)).toSorted((a, b) => a - b)).to.deep.equal(numbers)
    expect(acknowledged.map(([id]) => id)).to.have.members(tasks.map(task => task.id))
    expect(new Set(tasks.map(task => task.title)).size).to.equal(120)
    expect(revision).to.equal(120)
  })

  it('go on at once when the one that was writing is killed (F-005, MCP G15)', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    const holder = start('hold-lock.ts', paths.lock)
    await once(holder.stdout ?? holder, 'data')
    const refused = await refusal(withLock(paths.lock, async () => null, {timeoutMs: 100}))
    expect(refused).to.deep.equal({
      code: 'BOARD_LOCKED',
      message: `Another codex-planner process is writing (${paths.lock} is held).`,
      suggestions: [`fuser -v ${paths.lock}`],
    })
    const change = board.change(before => addTask(before, {title: 'Two'}, NOW))
    holder.kill('SIGKILL')
    expect((await change).value.id).to.equal('TASK-002')
  })

  it('never see half of a change of both files, not even one made between their two reads', async () => {
    const {paths, board} = await tempBoard()
    const {openSync} = fs
    let opened = 0
    fs.openSync = (path, ...rest) => {
      if (path === paths.board.sessions) opened += 1
      if (path === paths.board.sessions && opened === 1) {
        // It is given no file to die after.
        expect(runToEnd('die-between-files.ts', paths.root)).to.equal('done\n')
      }
      return openSync(path, ...rest)
    }
    syncBuiltinESMExports()
    try {
      const {tasks, sessions} = await board.read()
      expect([tasks.length, sessions.length]).to.deep.equal([1, 1])
    } finally {
      fs.openSync = openSync
      syncBuiltinESMExports()
    }
  })

  it('keep every change they were told of when they are killed at any moment (F-003, F-004)', async () => {
    const {paths} = await tempBoard()
    let acknowledged: string[] = []
    for (let round = 0; round < 6; round += 1) {
      const writers = [1, 2].map(number => start('add-tasks.ts', paths.root, '1000', `${round}-${number}`))
      const texts = writers.map(output)
      setTimeout(() => writers.forEach(writer => writer.kill('SIGKILL')), 250 + round * 41)
      const lines = (await Promise.all(texts)).join('').split('\n')
      acknowledged = [...acknowledged, ...lines.filter(line => / \d+$/.test(line))]
    }
    const {tasks, revision} = await openBoard(paths).read()
    const ids = tasks.map(task => task.id)
    expect(acknowledged.map(line => line.split(' ')[0]).filter(id => !ids.includes(id ?? ''))).to.deep.equal([])
    expect(new Set(ids).size).to.equal(ids.length)
    expect(revision).to.equal(tasks.length)
  })
})

describe('a change of both files whose process is killed', () => {
  after(removeTempProjects)

  for (const moment of ['journal', 'tasks', 'sessions'] as const) {
    it(`is seen whole by readers and completed by the next writer when it died after the ${moment} (F-004)`, async () => {
      const {paths, board} = await tempBoard()
      const last = moment === 'journal' ? paths.journal : paths.board[moment]
      expect(await output(start('die-between-files.ts', paths.root, last))).to.equal('')

      const seen = await board.read()
      expect([seen.revision, seen.tasks.length, seen.sessions.length]).to.deep.equal([1, 1, 1])
      const {board: after, warnings} = await board.change(before => addTask(before, {title: 'Next'}, NOW))
      expect(warnings).to.deep.equal([])
      expect(after.tasks.map(task => [task.id, task.revision])).to.deep.equal([
        ['TASK-001', 1],
        ['TASK-002', 2],
      ])
      expect(await readFile(paths.board.sessions, 'utf8')).to.include('run: planner-1')
      const kept = (await readdir(paths.kept)).filter(name => !name.startsWith('index-'))
      expect(kept).to.have.members(['good', 'lock.db'])
    })
  }

  it('gives way to what a person saved since, is set aside, and that is told', async () => {
    const {paths, board} = await tempBoard()
    await output(start('die-between-files.ts', paths.root, paths.board.tasks))
    await writeFile(paths.board.sessions, 'revision: 0\nsessions: [] # by hand\n')
    const {warnings, board: after} = await board.change(before => addTask(before, {title: 'Next'}, NOW))
    const aside = (await readdir(paths.kept)).find(name => name.startsWith('journal-'))
    expect(warnings).to.deep.equal([
      `A change of the board that was cut short could not be completed, because .codex/board/sessions.yaml was edited since; it is kept in ${paths.kept}/${aside}.`,
    ])
    expect(after.sessions).to.deep.equal([])
    expect(await readFile(paths.board.sessions, 'utf8')).to.equal('revision: 0\nsessions: [] # by hand\n')
    expect(await readFile(join(paths.kept, aside ?? ''), 'utf8')).to.include('run: planner-1')
  })

  it('is set aside when it cannot be read', async () => {
    const {paths, board} = await tempBoard()
    await writeFile(paths.journal, '{"tasks":')
    expect((await board.read()).tasks).to.deep.equal([])
    const {warnings} = await board.change(before => addTask(before, {title: 'Next'}, NOW))
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.match(
      /could not be completed, because it cannot be read; it is kept in .*journal-set-aside-/,
    )
  })

  it('leaves no litter for long: temporary files older than an hour go with the next change (F-003)', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'x'}, NOW))
    const folders = [paths.board.folder, paths.kept, join(paths.good, 'tasks.yaml')]
    const {utimes} = await import('node:fs/promises')
    for (const folder of folders) {
      const [old, fresh] = [join(folder, '.tmp-tasks.yaml-0a'), join(folder, '.tmp-tasks.yaml-0b')]
      await Promise.all([writeFile(old, ''), writeFile(fresh, '')])
      await utimes(old, new Date(0), new Date(0))
    }
    await board.change(before => addTask(before, {title: 'y'}, NOW))
    for (const folder of folders) {
      const names = await readdir(folder)
      expect(names.filter(name => name.startsWith('.tmp-'))).to.deep.equal(['.tmp-tasks.yaml-0b'])
    }
  })
})
