import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {SessionPage} from '../../src/services/sessions.ts'
import type {ShownTask} from '../../src/services/tasks.ts'
import {RawServer} from '../support/raw-stdio.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, program} from './machine.ts'

describe('an answer of a tool', () => {
  let machine: Machine
  let cwd: string
  let server: RawServer

  before(async () => {
    machine = await makeMachine()
  })
  beforeEach(async () => {
    cwd = await machine.repository(`answers-${Math.random().toString(36).slice(2)}`)
    await machine.json(['init'], {cwd})
    server = new RawServer([process.execPath, program, 'serve-mcp', '--role', 'planner'], {cwd, env: machine.env})
    await server.initialize()
  })
  afterEach(() => server.stop())
  after(() => machine.close())

  async function call<Answer>(name: string, input: object): Promise<Answer> {
    const {result} = await server.call(name, input)
    const answer = result?.structuredContent
    expect(result?.isError, JSON.stringify(answer)).to.equal(undefined)
    expect(Buffer.byteLength(JSON.stringify(answer))).to.be.at.most(8192)
    return answer as Answer
  }

  it('names the task that was made or changed, however long its texts are (G2)', async () => {
    const description = 'x'.repeat(9000)
    const {task} = await call<{task: ShownTask}>('create_task', {title: 'One', description})
    expect([task.id, task.title, task.description, task.omitted]).to.deep.equal([
      'TASK-001',
      'One',
      '',
      ['description'],
    ])
    const updated = await call<{task: ShownTask}>('update_task', {task_id: 'TASK-001', priority: 'high'})
    expect([updated.task.priority, updated.task.omitted]).to.deep.equal(['high', ['description']])
  })

  it('lists every session on some page, however much there is to say about them (G2, G4)', async () => {
    const numbers = Array.from({length: 30}, (_, index) => String(index + 1).padStart(3, '0'))
    const attention = '\u0007'.repeat(3000)
    await putOnBoard(cwd, {
      tasks: numbers.map(() => ({status: 'in_progress'})),
      sessions: [
        {name: 'planner', backend: 'gone'},
        ...numbers.map(number => ({name: `worker-task-${number}`, backend: 'gone', attention})),
      ],
    })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: SessionPage = await call('list_sessions', cursor === null ? {} : {cursor})
      seen.push(...page.sessions.map(({name}) => name))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(seen).to.deep.equal(['planner', ...numbers.map(number => `worker-task-${number}`)])
  })

  it('shows one session, however much there is to say about it (G2)', async () => {
    await putOnBoard(cwd, {tasks: [{}], sessions: [{name: 'worker-task-001', attention: '\u0007'.repeat(9000)}]})
    const {session} = await call<{session: {attention: string}}>('show_session', {session_name: 'worker-task-001'})
    expect(session.attention).to.match(/^\p{Control}{400,}…$/u)
  })

  it('names the paths that are not committed as far as they fit, and counts the rest', async () => {
    const worktree = `${cwd}-task-001`
    await machine.git(cwd, 'worktree', 'add', '-q', '-b', 'codex/task-001', worktree)
    const commit = (await machine.git(cwd, 'rev-parse', 'HEAD')).trim()
    await putOnBoard(cwd, {
      tasks: [
        {status: 'in_progress', worktree, branch: 'codex/task-001', base_commit: commit, description: 'x'.repeat(9000)},
      ],
      sessions: [{name: 'worker-task-001', worktree, backend: 'gone'}],
    })
    await mkdir(path.join(worktree, 'generated'))
    const files = Array.from({length: 400}, (_, index) => path.join(worktree, 'generated', `file-${index}.ts`))
    await Promise.all(files.map(file => writeFile(file, '')))
    const {task, uncommitted, warnings} = await call<{task: ShownTask; uncommitted: string[]; warnings: string[]}>(
      'request_review',
      {task_id: 'TASK-001', summary: 'Done'},
    )
    expect([task.status, task.omitted]).to.deep.equal(['review_ready', ['description']])
    expect(uncommitted).to.have.length.within(50, 399)
    expect(warnings).to.deep.equal([
      `${400 - uncommitted.length} more path(s) are not committed; git status in the worktree names them all.`,
    ])
  })

  it('goes on with the task and its session when a worker asks, however long the task is', async () => {
    await putOnBoard(cwd, {
      tasks: [{status: 'in_progress', description: 'x'.repeat(9000)}],
      sessions: [{name: 'worker-task-001', backend: 'gone'}],
    })
    await machine.json(['update-task', 'TASK-001'], {cwd})
    const {task, session} = await call<{task: ShownTask; session: {name: string}}>('request_input', {
      session_name: 'worker-task-001',
      summary: 'Which?',
    })
    expect([task.status, task.omitted, session.name]).to.deep.equal(['needs_input', ['description'], 'worker-task-001'])
  })
})
