import {link, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {expect} from 'chai'

import {addSession, changeSession} from '../../src/domain/session.ts'
import {addTask, changeTask, type TaskChange} from '../../src/domain/task.ts'
import type {BoardStore} from '../../src/store/board.ts'
import {initBoard} from '../../src/store/board.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {aSession, NOW, removeTempProjects, tempBoard} from './temp-project.ts'

const add = (board: BoardStore, title: string) => board.change(before => addTask(before, {title}, NOW))
const update = (board: BoardStore, id: string, change: TaskChange) =>
  board.change(before => changeTask(before, id, change, NOW))
const text = (paths: ProjectPaths) => readFile(paths.board.tasks, 'utf8')

const MERGED = 'the board now has its edits and the newer changes'
const SHOWN = 'its edits and the newer changes are shown together, and the next change of the board writes both'
const saved = (revision: number, what: string) =>
  `An editor saved .codex/board/tasks.yaml as it was before revision ${revision}: ${what}.`

async function asides(paths: ProjectPaths): Promise<string[]> {
  const folder = `${paths.good}/tasks.yaml`
  return (await readdir(folder)).filter(name => name.startsWith('set-aside-')).map(name => `${folder}/${name}`)
}

describe('an editor that saves what it had opened before the board was changed', () => {
  after(removeTempProjects)

  /** Two tasks; what an editor opened then; and a change that was acknowledged after that. */
  async function opened() {
    const {paths, board} = await tempBoard()
    await add(board, 'One')
    await add(board, 'Two')
    return {paths, board, old: await text(paths)}
  }

  it('takes nothing back: tasks that are new, and fields that were changed, stay', async () => {
    const {paths, board, old} = await opened()
    await add(board, 'Three')
    await update(board, 'TASK-001', {status: 'in_progress'})
    await writeFile(paths.board.tasks, old.replace('title: Two', 'title: Two, by hand   # mine'))
    const {warnings} = await add(board, 'Four')
    expect(warnings).to.deep.equal([saved(4, MERGED)])
    const {tasks, last_task, revision} = await board.read()
    expect(tasks.map(task => [task.id, task.title, task.status, task.revision])).to.deep.equal([
      ['TASK-001', 'One', 'in_progress', 4],
      ['TASK-002', 'Two, by hand', 'todo', 5],
      ['TASK-003', 'Three', 'todo', 3],
      ['TASK-004', 'Four', 'todo', 5],
    ])
    expect({last_task, revision}).to.deep.equal({last_task: 4, revision: 5})
    expect(await text(paths)).to.include('title: Two, by hand   # mine\n')
    expect(await asides(paths)).to.deep.equal([])
    expect((await add(board, 'Five')).warnings).to.deep.equal([])
  })

  it('keeps both when each changed another field of one task', async () => {
    const {paths, board, old} = await opened()
    await update(board, 'TASK-001', {status: 'in_progress'})
    await writeFile(paths.board.tasks, old.replace('title: One', 'title: One, by hand'))
    await board.change(before => [before, null])
    const [task] = (await board.read()).tasks
    expect(task).to.include({title: 'One, by hand', status: 'in_progress', revision: 4})
  })

  it('is shown together by what only reads, which writes nothing', async () => {
    const {paths, board, old} = await opened()
    await add(board, 'Three')
    const stale = old.replace('title: Two', 'title: Two, by hand')
    await writeFile(paths.board.tasks, stale)
    const {board: shown, warnings} = await board.look()
    expect(warnings).to.deep.equal([saved(3, SHOWN)])
    expect(shown.tasks.map(task => task.title)).to.deep.equal(['One', 'Two, by hand', 'Three'])
    expect(await text(paths)).to.equal(stale)
  })

  it('leaves the newer value on the board, and its text in a private file, when both changed the same', async () => {
    const {paths, board, old} = await opened()
    await update(board, 'TASK-001', {title: 'One, acknowledged'})
    const stale = old.replace('title: One', 'title: One, typed')
    await writeFile(paths.board.tasks, stale)
    const {warnings} = await board.change(before => [before, null])
    const [aside = ''] = await asides(paths)
    expect(warnings).to.deep.equal([
      `${saved(3, MERGED)} Where both changed the same (TASK-001 title), the newer text stays, and the saved file is kept in ${aside}.`,
    ])
    expect(await readFile(aside, 'utf8')).to.equal(stale)
    expect((await board.read()).tasks.map(task => task.title)).to.deep.equal(['One, acknowledged', 'Two'])
  })

  it('gets its own task kept aside when its number was given to another meanwhile', async () => {
    const {paths, board, old} = await opened()
    await add(board, 'Three')
    await writeFile(paths.board.tasks, `${old}  - id: TASK-003\n    title: By hand\n`)
    const {warnings} = await board.change(before => [before, null])
    expect(warnings.join()).to.include('(TASK-003 title)')
    expect((await board.read()).tasks[2]?.title).to.equal('Three')
    expect(await readFile((await asides(paths))[0] ?? '', 'utf8')).to.include('title: By hand\n')
  })

  it('may take a task away that nobody changed, and none that was changed', async () => {
    const {paths, board, old} = await opened()
    await update(board, 'TASK-002', {status: 'blocked'})
    await writeFile(paths.board.tasks, old.replace(/ {2}- id: TASK-001[^]*/, '').replace('tasks:', 'tasks: []'))
    await board.change(before => [before, null])
    expect((await board.read()).tasks.map(task => [task.id, task.status])).to.deep.equal([['TASK-002', 'blocked']])
  })

  it('does not bring back what was changed twice since it was saved the last time', async () => {
    const {paths, board, old} = await opened()
    const edited = old.replace('priority: normal', 'priority: high')
    await writeFile(paths.board.tasks, edited)
    await add(board, 'Three')
    await update(board, 'TASK-001', {priority: 'normal'})
    await writeFile(paths.board.tasks, edited.replace('title: Two', 'title: Two, by hand'))
    await board.change(before => [before, null])
    const {tasks} = await board.read()
    expect(tasks.map(task => [task.title, task.priority])).to.deep.equal([
      ['One', 'normal'],
      ['Two, by hand', 'normal'],
      ['Three', 'normal'],
    ])
  })

  it('cannot tell what was typed when what it opened is too old, and so keeps the file aside', async () => {
    const {paths, board, old} = await opened()
    for (let number = 1; number <= 12; number += 1) await update(board, 'TASK-001', {title: `One, ${number}`})
    const stale = old.replace('title: Two', 'title: Two, by hand')
    await writeFile(paths.board.tasks, stale)
    await board.change(before => [before, null])
    expect((await board.read()).tasks.map(task => task.title)).to.deep.equal(['One, 12', 'Two, by hand'])
    expect(await readFile((await asides(paths))[0] ?? '', 'utf8')).to.equal(stale)
  })

  it('keeps the newer file aside when it has a comment that the saved one never had', async () => {
    const {paths, board, old} = await opened()
    await writeFile(paths.board.tasks, old.replace('title: One\n', 'title: One   # ask Ana\n'))
    await add(board, 'Three')
    const newest = await text(paths)
    await writeFile(paths.board.tasks, old.replace('title: Two', 'title: Two, by hand'))
    const {warnings} = await board.change(before => [before, null])
    const [aside = ''] = await asides(paths)
    expect(warnings).to.deep.equal([
      `${saved(3, MERGED)} The newer file, with comments that the saved one lacks, is kept in ${aside}.`,
    ])
    expect(await readFile(aside, 'utf8')).to.equal(newest)
  })

  it('is put right by init too', async () => {
    const {paths, board, old} = await opened()
    await add(board, 'Three')
    await writeFile(paths.board.tasks, old)
    expect((await initBoard(paths)).warnings).to.deep.equal([saved(3, MERGED)])
    expect((await board.look()).warnings).to.deep.equal([])
    expect((await board.read()).tasks).to.have.length(3)
  })

  it('loses nothing to a writer that was killed after it had kept the save and before it wrote', async () => {
    const {paths, board, old} = await opened()
    await update(board, 'TASK-001', {status: 'in_progress'})
    await writeFile(paths.board.tasks, old.replace('title: One', 'title: One, by hand'))
    const {mtimeNs, size} = await stat(paths.board.tasks, {bigint: true})
    await link(paths.board.tasks, `${paths.good}/tasks.yaml/000004-${mtimeNs}-${size}`)
    await board.change(before => [before, null])
    expect((await board.read()).tasks[0]).to.include({title: 'One, by hand', status: 'in_progress'})
  })

  it('takes nothing back in sessions.yaml either', async () => {
    const {paths, board} = await opened()
    await board.change(before => [addSession(before, aSession({attention: 'none'})), null])
    const sessions = await readFile(paths.board.sessions, 'utf8')
    await board.change(before => [changeSession(before, 'planner-1', {status: 'closed', ended_at: NOW}), null])
    await board.change(before => [addSession(before, aSession({run: 'planner-2'})), null])
    await writeFile(paths.board.sessions, sessions.replace('attention: none', 'attention: by hand'))
    const {warnings} = await board.change(before => [before, null])
    expect(warnings).to.have.length(1)
    expect((await board.read()).sessions.map(({run, status, attention}) => [run, status, attention])).to.deep.equal([
      ['planner-1', 'closed', 'by hand'],
      ['planner-2', 'running', null],
    ])
  })

  it('is noticed by one entry that went back although the file did not', async () => {
    const {paths, board, old} = await opened()
    await update(board, 'TASK-002', {status: 'in_progress'})
    const block = (from: string) => from.slice(from.indexOf('  - id: TASK-002'))
    const newest = await text(paths)
    await writeFile(paths.board.tasks, newest.replace(block(newest), block(old)))
    await board.change(before => [before, null])
    expect((await board.read()).tasks[1]).to.include({status: 'in_progress', revision: 3})
  })
})

describe('an edit by hand', () => {
  after(removeTempProjects)

  it('takes the revision of the next change, so that it is news', async () => {
    const {paths, board} = await tempBoard()
    await add(board, 'One')
    await add(board, 'Two')
    await writeFile(paths.board.tasks, (await text(paths)).replace('title: One', 'title: One, by hand'))
    await board.change(before => [addSession(before, aSession()), null])
    const {tasks} = await board.read()
    expect(tasks.map(task => [task.title, task.revision])).to.deep.equal([
      ['One, by hand', 3],
      ['Two', 2],
    ])
  })

  it('is left as it is by a change that changes nothing', async () => {
    const {paths, board} = await tempBoard()
    await add(board, 'One')
    const edited = (await text(paths)).replace('title: One', 'title: One, by hand')
    await writeFile(paths.board.tasks, edited)
    const {warnings} = await board.change(before => [before, null])
    expect(warnings).to.deep.equal([])
    expect(await text(paths)).to.equal(edited)
  })
})
