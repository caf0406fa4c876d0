import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'
import {parseDocument} from 'yaml'

import {putOnBoard} from '../../commands/boards.ts'
import type {RawServer} from '../../support/raw-stdio.ts'
import {answerIn, requireSound, type Stage} from './stage.ts'

interface Page {
  tasks: {id: string; title: string}[]
  total: number
  next_cursor: string | null
}

const LONG = 'x'.repeat(190)

export function state(stage: () => Stage): void {
  const page = (input: object) => stage().answered<Page>('open', 'list_tasks', input)
  const idsUpTo = (last: number) =>
    Array.from({length: last}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)
  const started = async () => {
    const {machine, start} = stage()
    const server = start([], {cwd: machine.folder})
    await server.initialize()
    return server
  }

  for (const count of [500, 5000]) {
    it(`MCP G1: of ${count} tasks is told in an answer of 8 KiB, with what follows`, async () => {
      const repo_path = await stage().project(`board-${count}`)
      await putOnBoard(repo_path, {tasks: Array.from({length: count}, () => ({}))})
      const {tasks, total, next_cursor} = await page({repo_path})
      expect(tasks.length).to.be.greaterThan(10)
      expect([total, next_cursor]).to.deep.equal([count, tasks.at(-1)?.id])
      // It need not be compared after every other call.
      await rm(repo_path, {recursive: true})
    })
  }

  describe('with tasks of long titles', () => {
    let repo_path: string
    before(async () => {
      repo_path = await stage().project('long')
      await putOnBoard(repo_path, {
        tasks: Array.from({length: 40}, () => ({title: LONG, description: 'y'.repeat(3000)})),
      })
    })

    it('MCP G2: is told on smaller pages than were asked for, each whole', async () => {
      const {tasks, next_cursor} = await page({repo_path, limit: 200})
      expect(tasks.length).to.be.within(2, 30)
      expect(tasks.map(({title}) => title)).to.deep.equal(tasks.map(() => LONG))
      expect(next_cursor).to.equal(tasks.at(-1)?.id)
    })

    for (const cursor of ['x', '', '../etc', '{"a":1}', 'TASK-1', 'TASK-0000000001', 'x'.repeat(60_000)]) {
      it(`MCP G3: has no page after ${JSON.stringify(cursor.slice(0, 20))}`, async () => {
        const {code, message, suggestions} = await stage().refused('open', 'list_tasks', {repo_path, cursor})
        expect({code, message, suggestions}).to.deep.equal({
          code: 'CURSOR_INVALID',
          message: 'That cursor is not from this list; leave it out to start from the beginning.',
          suggestions: ['list_tasks'],
        })
      })
    }

    it('MCP G3: takes a cursor of another filter for what it is, a place among the tasks', async () => {
      const {tasks} = await page({repo_path, cursor: 'TASK-038', status: ['todo']})
      expect(tasks.map(({id}) => id)).to.deep.equal(['TASK-039', 'TASK-040'])
    })

    it('MCP G4: shows each task that stays exactly once, while others come and go', async () => {
      const another = await started()
      const seen: string[] = []
      let cursor: string | undefined
      for (let turn = 0; turn < 20; turn += 1) {
        const {tasks, next_cursor} = await page({repo_path, all: true, cursor})
        seen.push(...tasks.map(({id}) => id))
        if (next_cursor === null) break
        cursor = next_cursor
        if (turn > 2) continue
        answerIn(await another.call('create_task', {repo_path, title: LONG}))
        answerIn(await another.call('update_task', {repo_path, task_id: `TASK-00${turn + 1}`, status: 'cancelled'}))
      }
      expect(seen).to.deep.equal(idsUpTo(43))
    })

    it('A-092: is filtered by the very name, never by a pattern', async () => {
      for (const owner of ['.*', '(a+)+$', '%', '*', '^worker']) {
        expect((await page({repo_path, owner})).total).to.equal(0)
      }
    })
  })

  it('MCP G5, A-084: gives fifty tasks at once a number each', async () => {
    const {project} = stage()
    const repo_path = await project('fifty')
    const server = await started()
    const titles = Array.from({length: 50}, (_, index) => `Task ${index}`)
    const answers = await Promise.all(titles.map(title => server.call('create_task', {repo_path, title})))
    expect(answers.map(answer => (answerIn(answer).task as {id: string}).id)).to.deep.equal(idsUpTo(50))
    await requireSound(server)
  })

  it('MCP G6: loses no change of four servers, and is whole whenever it is read', async () => {
    const repo_path = await stage().project('crowded')
    const servers = await Promise.all(Array.from({length: 4}, started))
    answerIn((await servers[0]?.call('create_task', {repo_path, title: 'Shared'})) ?? {jsonrpc: '2.0'})
    const file = path.join(repo_path, '.codex/board/tasks.yaml')
    const over = new AbortController()
    const reading = (async () => {
      let reads = 0
      for (; !over.signal.aborted; reads += 1) {
        const {errors, contents} = parseDocument(await readFile(file, 'utf8'))
        expect([errors.length, contents === null]).to.deep.equal([0, false])
      }
      return reads
    })()
    const work = async (server: RawServer, who: number) => {
      for (let turn = 0; turn < 4; turn += 1) {
        answerIn(await server.call('create_task', {repo_path, title: `${who}-${turn}`}))
        answerIn(await server.call('update_task', {repo_path, task_id: 'TASK-001', acceptance: [`${who}-${turn}`]}))
      }
    }
    await Promise.all(servers.map(work))
    over.abort()
    expect(await reading).to.be.greaterThan(0)
    const said = servers.flatMap((_, who) => [0, 1, 2, 3].map(turn => `${who}-${turn}`))
    const {tasks} = parseDocument(await readFile(file, 'utf8')).toJS() as {
      tasks: {id: string; title: string; acceptance: string[]}[]
    }
    expect(tasks.map(({id}) => id)).to.deep.equal(idsUpTo(17))
    expect(tasks.slice(1).map(({title}) => title)).to.have.members(said)
    expect(tasks[0]?.acceptance).to.have.members(said)
  })

  for (const [row, how, signal, exit] of [
    ['F14', 'its input ends', undefined, 0],
    ['F16', 'it is killed', 'SIGKILL', 'SIGKILL'],
  ] as const) {
    it(`MCP ${row}: keeps what a server answered before ${how}, and the next goes on from there`, async () => {
      const repo_path = await stage().project(`ended-${signal ?? 'EOF'}`)
      const server = await started()
      for (let number = 1; number <= 20; number += 1) {
        const params = {name: 'create_task', arguments: {repo_path, title: `Task ${number}`}}
        server.send({jsonrpc: '2.0', id: number, method: 'tools/call', params})
      }
      await server.answer(2)
      if (signal === undefined) server.endInput()
      else server.signal(signal)
      expect(await server.exit()).to.equal(exit)
      const answered = server.messages.filter(
        ({id, result}) => typeof id === 'number' && result?.structuredContent?.task !== undefined,
      )
      const next = await started()
      const {task} = answerIn(await next.call('create_task', {repo_path, title: 'Next'})) as {task: {id: string}}
      const number = Number(task.id.slice('TASK-'.length))
      // One that was killed may have written what it could not answer any more.
      expect(number - 1 - answered.length).to.be.within(0, signal === 'SIGKILL' ? 1 : 0)
      const {tasks} = await page({repo_path, limit: 200})
      expect(tasks.map(({id}) => id)).to.deep.equal(idsUpTo(number).slice(0, tasks.length))
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`MCP F16: has a change finished and answered when ${signal} comes while git runs for it`, async () => {
      const {machine, project, start} = stage()
      const repo_path = await project(`signal-${signal}`)
      const folder = path.join(machine.folder, `slow-${signal}`)
      await mkdir(folder)
      await writeFile(
        path.join(folder, 'git'),
        `#!/bin/sh\ntouch ${folder}/asked\nsleep 0.5\nPATH=/usr/bin:/bin exec git "$@"\n`,
      )
      await chmod(path.join(folder, 'git'), 0o755)
      const server = start([], {cwd: machine.folder, env: {PATH: `${folder}:${machine.env.PATH}`}})
      await server.initialize()
      await rm(path.join(folder, 'asked'), {force: true})
      server.send({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {name: 'create_task', arguments: {repo_path, title: 'More'}},
      })
      await server.until(() => existsSync(path.join(folder, 'asked')) || undefined, 'git was not asked')
      server.signal(signal)
      expect(await server.exit()).to.equal(0)
      expect(answerIn(await server.answer(1)).task).to.include({id: 'TASK-001'})
    })
  }

  it('MCP G11: is changed under no revision that a tool does not know', async () => {
    const input = {task_id: 'TASK-001', expected_revision: 1, title: 'Mine'}
    const {code, message} = await stage().refused('planner', 'update_task', input)
    expect(code).to.equal('INVALID_ARGUMENT')
    expect(message).to.contain('update_task has no argument "expected_revision".')
  })

  it('MCP G12: moves along the allowed ways alone', async () => {
    const {project, refusedAll} = stage()
    const repo_path = await project('moves')
    await putOnBoard(repo_path, {tasks: [{status: 'done'}, {status: 'cancelled'}, {}]})
    const errors = await refusedAll(
      (
        [
          ['TASK-001', 'in_progress'],
          ['TASK-002', 'todo'],
          ['TASK-003', 'done'],
        ] as const
      ).map(([task_id, status]) => ['open', 'update_task', {repo_path, task_id, status}] as const),
    )
    expect(errors.map(({code, message}) => [code, message])).to.deep.equal([
      ['INVALID_TRANSITION', 'TASK-001 is done and cannot become in_progress. That is final.'],
      ['INVALID_TRANSITION', 'TASK-002 is cancelled and cannot become todo. That is final.'],
      [
        'INVALID_TRANSITION',
        'TASK-003 is todo and cannot become done. From there it can become in_progress, blocked, cancelled.',
      ],
    ])
  })
}
