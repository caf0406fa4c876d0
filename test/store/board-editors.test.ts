import {closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync} from 'node:fs'
import {open, readdir, readFile, writeFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {addSession} from '../../src/domain/session.ts'
import {addTask, changeTask} from '../../src/domain/task.ts'
import {afterRename} from './at-rename.ts'
import {aSession, NOW, refusal, removeTempProjects, tempBoard} from './temp-project.ts'

type Save = (file: string, edit: (text: string) => string) => void

const inPlace: Save = (file, edit) => {
  const text = edit(readFileSync(file, 'utf8'))
  const fd = openSync(file, 'w')
  writeSync(fd, text.slice(0, text.length / 2))
  writeSync(fd, text.slice(text.length / 2))
  closeSync(fd)
}

const byRename: Save = (file, edit) => {
  writeFileSync(`${file}~`, edit(readFileSync(file, 'utf8')))
  renameSync(`${file}~`, file)
}

const noted = (text: string): string => text.replace('title: One', 'title: One, by hand')

describe('a person who saves the board while it is being changed', () => {
  after(removeTempProjects)

  for (const [how, save] of [
    ['in place', inPlace],
    ['by renaming', byRename],
  ] as const) {
    it(`loses nothing, and neither does the change, when the editor saves ${how}`, async () => {
      const {paths, board} = await tempBoard()
      await board.change(before => addTask(before, {title: 'One'}, NOW))
      let asked = 0
      const {value} = await board.change(
        before => {
          asked += 1
          return addTask(before, {title: 'Two'}, NOW)
        },
        async () => {
          if (asked === 1) save(paths.board.tasks, noted)
        },
      )
      expect(asked).to.equal(2)
      expect(value.id).to.equal('TASK-002')
      expect((await board.read()).tasks.map(task => task.title)).to.deep.equal(['One, by hand', 'Two'])
    })

    it(`loses nothing when the editor saves the other file ${how} between the two of one change`, async () => {
      const {paths, board} = await tempBoard()
      await board.change(before => {
        const [changed] = addTask(before, {title: 'One'}, NOW)
        return [addSession(changed, aSession({attention: 'none'})), null]
      })
      let saved = false
      const stop = afterRename(to => {
        if (to !== paths.board.tasks || saved) return
        saved = true
        save(paths.board.sessions, text => text.replace('attention: none', 'attention: by hand'))
      })
      try {
        await board.change(before => {
          const [changed] = addTask(before, {title: 'Two'}, NOW)
          return [addSession(changed, aSession({run: 'planner-2'})), null]
        })
      } finally {
        stop()
      }
      const {tasks, sessions, revision} = await board.read()
      expect(tasks.map(task => [task.id, task.title])).to.deep.equal([
        ['TASK-001', 'One'],
        ['TASK-002', 'Two'],
      ])
      expect(sessions.map(session => session.attention)).to.deep.equal(['by hand', null])
      expect(revision).to.equal(2)
    })
  }

  it('is waited for when the file is half written', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    const text = noted(await readFile(paths.board.tasks, 'utf8'))
    const handle = await open(paths.board.tasks, 'w')
    await handle.write(text.slice(0, text.indexOf('status')))
    await handle.write('sta')
    const change = board.change(before => addTask(before, {title: 'Two'}, NOW))
    await delay(20)
    await handle.truncate(0)
    await handle.write(text, 0)
    await handle.close()
    await change
    expect((await board.read()).tasks.map(task => task.title)).to.deep.equal(['One, by hand', 'Two'])
  })

  it('loses nothing when the editor had opened the file just before it was replaced', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    const opened = openSync(paths.board.tasks, 'r+')
    const text = noted(await readFile(paths.board.tasks, 'utf8'))
    let saved = false
    const stop = afterRename(to => {
      if (to !== paths.board.tasks || saved) return
      saved = true
      writeSync(opened, text, 0)
      closeSync(opened)
    })
    try {
      await board.change(before => addTask(before, {title: 'Two'}, NOW))
    } finally {
      stop()
    }
    expect((await board.read()).tasks.map(task => task.title)).to.deep.equal(['One, by hand', 'Two'])
  })

  it('finds a save that came too late beside the board, and is told', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    const opened = await open(paths.board.tasks, 'r+')
    const text = noted(await readFile(paths.board.tasks, 'utf8'))
    await board.change(before => addTask(before, {title: 'Two'}, NOW))
    await opened.write(text, 0)
    await opened.close()
    const {warnings} = await board.change(before => changeTask(before, 'TASK-001', {status: 'blocked'}, NOW))
    expect(warnings).to.deep.equal([
      'An editor saved .codex/board/tasks.yaml over a newer version; its text is kept in .codex/board/tasks.yaml.conflict-000002.',
    ])
    expect(await readFile(`${paths.board.tasks}.conflict-000002`, 'utf8')).to.equal(text)
    expect((await board.change(before => [before, null])).warnings).to.deep.equal([])
  })

  it('is asked to stop when a program saves without end', async () => {
    const {paths, board} = await tempBoard()
    let saves = 0
    const change = board.change(
      before => addTask(before, {title: 'Two'}, NOW),
      async () => {
        saves += 1
        await writeFile(paths.board.tasks, `tasks: [] # ${saves}\n`)
      },
    )
    expect(await refusal(change)).to.deep.equal({
      code: 'BOARD_LOCKED',
      message: '.codex/board is being saved over and over by another program.',
      suggestions: [`fuser -v ${paths.board.tasks} ${paths.board.sessions}`],
    })
    expect(await readFile(paths.board.tasks, 'utf8')).to.equal(`tasks: [] # ${saves}\n`)
  })

  it('has the ten versions before the last one as good copies, and the last one too', async () => {
    const {paths, board} = await tempBoard()
    for (let number = 1; number <= 13; number += 1) {
      await board.change(before => addTask(before, {title: `Number ${number}`}, NOW))
    }
    const folder = `${paths.good}/tasks.yaml`
    const names = (await readdir(folder)).filter(name => !name.startsWith('written-')).toSorted()
    expect(names.map(name => name.split('-')[0])).to.deep.equal([
      ...['000004', '000005', '000006', '000007', '000008', '000009', '000010', '000011', '000012', '000013'],
      'latest',
    ])
    expect(await readFile(`${folder}/latest`, 'utf8')).to.equal(await readFile(paths.board.tasks, 'utf8'))
    expect(await readFile(`${folder}/${names[9]}`, 'utf8'))
      .to.include('Number 12')
      .and.not.include('Number 13')
  })
})
