import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'
import {parse} from 'yaml'

import {STARTS_KEPT} from '../../src/domain/archive.ts'
import type {Task} from '../../src/domain/task.ts'
import type {SessionPage} from '../../src/services/sessions.ts'
import type {TaskPage} from '../../src/services/tasks.ts'
import {character} from '../domain/examples.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine} from './machine.ts'

let machine: Machine
let cwd: string

/** Words of a worker that clear a screen, turn text around, and hide. */
const HOSTILE = `a${character(0x9b)}2J${character(0x202e)}b${character(0xe0041)}${character(0x200b)}`
const HIDDEN = new RegExp(`[${character(0x9b, 0x202e, 0xe0041, 0x200b)}]`, 'u')

before(async () => {
  machine = await makeMachine()
  cwd = await machine.repository('sessions')
  await machine.json(['init'], {cwd})
  const ended = {status: 'closed', ended_at: '2026-01-31T12:00:00.000Z', backend: 'gone'} as const
  await putOnBoard(cwd, {
    tasks: [{description: HOSTILE}],
    sessions: [
      {name: 'worker-task-1000', backend: 'gone'},
      {name: 'worker-task-020', ...ended},
      {name: 'worker-task-003', backend: 'gone', attention: HOSTILE},
      {name: 'planner', ...ended, run: 'planner-0'},
      {name: 'worker-task-001', ...ended},
      {name: 'planner', backend: 'gone'},
    ],
  })
})
after(() => machine.close())

describe('list-sessions', () => {
  const page = (...argv: string[]) => machine.json<SessionPage>(['list-sessions', ...argv], {cwd})
  const names = ({sessions}: SessionPage) => sessions.map(({name}) => name)
  const ALL = ['planner', 'worker-task-001', 'worker-task-003', 'worker-task-020', 'worker-task-1000']

  it('has the planner first and then each by its number, once, and says that no more follow', async () => {
    const answer = await page()
    expect(Object.keys(answer)).to.deep.equal(['sessions', 'next_cursor'])
    expect(names(answer)).to.deep.equal(ALL)
    expect(answer.next_cursor).to.equal(null)
    expect(answer.sessions[0]?.run).to.equal('planner-1')
  })

  it('shows each session on exactly one page (G4)', async () => {
    const seen: string[] = []
    const cursors: (string | null)[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const answer: SessionPage = await page('--limit', '2', ...(cursor === undefined ? [] : ['--cursor', cursor]))
      seen.push(...names(answer))
      cursor = answer.next_cursor
      cursors.push(cursor)
    }
    expect(seen).to.deep.equal(ALL)
    expect(cursors).to.deep.equal(['worker-task-001', 'worker-task-020', null])
  })

  it('pages those that are asked for', async () => {
    const answer = await page('--active-only', '--limit', '1', '--cursor', 'planner')
    expect({names: names(answer), next: answer.next_cursor}).to.deep.equal({
      names: ['worker-task-003'],
      next: 'worker-task-003',
    })
  })

  it('goes on behind a session that is not there any more', async () => {
    expect(names(await page('--cursor', 'worker-task-019'))).to.deep.equal(['worker-task-020', 'worker-task-1000'])
  })

  for (const cursor of ['', 'worker', 'TASK-001', '../etc']) {
    it(`refuses a cursor that it never gave: ${JSON.stringify(cursor)} (G3)`, async () => {
      const {exit, code, suggestions} = await machine.refusal(['list-sessions', '--cursor', cursor], {cwd})
      expect({exit, code, suggestions}).to.deep.equal({
        exit: 2,
        code: 'CURSOR_INVALID',
        suggestions: ['codex-planner list-sessions'],
      })
    })
  }

  it('tells a person how a long list goes on', async () => {
    const {stdout} = await machine.run(['list-sessions', '--active-only', '--limit', '1'], {cwd})
    const lines = stdout.trimEnd().split('\n')
    expect(lines[1]).to.match(/^planner +running/)
    expect(lines.slice(2)).to.deep.equal(['More: codex-planner list-sessions --active-only --cursor planner'])
  })
})

describe('a session whose records have left the board', () => {
  it('is not in the list any more, and is still shown, with its prompt', async () => {
    const root = await machine.repository('long')
    await machine.json(['init'], {cwd: root})
    const prompt = '.codex/state/rendered_prompts/old.md'
    await writeFile(path.join(root, prompt), 'Do it.\n')
    const sessions = Array.from({length: STARTS_KEPT + 2}, (_, index) => {
      const name = `worker-task-${String(index + 1).padStart(3, '0')}`
      return {name, status: 'closed' as const, backend: 'gone', prompt_file: prompt}
    })
    await putOnBoard(root, {sessions})
    const inCall = {cwd: root}
    const {sessions: listed} = await machine.json<SessionPage>(['list-sessions'], inCall)
    expect([listed.length, listed[0]?.name]).to.deep.equal([STARTS_KEPT, 'worker-task-003'])
    const {session} = await machine.json<{session: {name: string; run: string}}>(
      ['show-session', 'worker-task-002'],
      inCall,
    )
    expect(session).to.include({name: 'worker-task-002', run: 'worker-task-002-1', status: 'closed'})
    expect((await machine.run(['show-prompt', 'worker-task-002'], inCall)).stdout).to.equal('Do it.\n')
    const heading = async () => (await machine.run(['show-session', 'worker-task-002'], inCall)).stdout.split('\n')[0]
    expect(await heading()).to.equal('worker-task-002  closed, worker on TASK-002')
    const task = 'tasks:\n  - id: TASK-002\n    title: Old\n    status: done\n'
    await writeFile(path.join(root, '.codex/board/archive/2026-01.yaml'), task)
    expect(await heading()).to.equal('worker-task-002  closed, worker on TASK-002 (done)')
    const {code} = await machine.refusal(['show-session', 'worker-task-900'], inCall)
    expect(code).to.equal('SESSION_NOT_FOUND')
    const checked = await machine.run(['doctor'], inCall)
    expect(checked.stdout).to.include('.codex/board/archive, 1 finished task(s), 2 session record(s)')
  })
})

describe('what a worker says', () => {
  const printed = async (argv: string[]) => {
    const {code, stdout, stderr} = await machine.run(argv, {cwd})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout).not.to.match(HIDDEN)
    return stdout
  }

  it('reaches no terminal raw through JSON, and a program all the same (A-079)', async () => {
    const {task} = JSON.parse(await printed(['show-task', 'TASK-001', '--json'])) as {task: Task}
    expect(task.description).to.equal(HOSTILE)
    for (const argv of [['--json'], ['--format', 'json']]) {
      const {sessions} = JSON.parse(await printed(['list-sessions', ...argv])) as SessionPage
      expect(sessions[2]?.attention).to.equal(HOSTILE)
    }
  })

  it('reaches no terminal raw through YAML, and a program all the same (A-079)', async () => {
    const {sessions} = parse(await printed(['list-sessions', '--format', 'yaml'])) as SessionPage
    expect(sessions[2]?.attention).to.equal(HOSTILE)
    const {tasks} = parse(await printed(['list-tasks', '--format', 'yaml'])) as TaskPage
    expect(tasks[0]?.description).to.equal(HOSTILE)
  })

  it('reaches no terminal raw through an error as JSON (A-079)', async () => {
    const scope = `/${character(0x202e)}x`
    const {code, stdout} = await machine.run(['create-task', 'One', '--write-scope', scope, '--json'], {cwd})
    expect(code).to.equal(2)
    expect(stdout).not.to.match(HIDDEN)
    const {error} = JSON.parse(stdout) as {error: {message: string}}
    expect(error.message).to.include(scope)
  })
})
