import {existsSync} from 'node:fs'
import {readdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Session} from '../../src/domain/session.ts'
import {openIn} from '../services/clean-world.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

const script: Script = {
  rules: [
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          when: 'could not be brought back',
          steps: [
            {mcp: `${TOOLS}.show_handoff`, args: {task_id: 'TASK-001'}},
            {mcp: `${TOOLS}.request_review`, args: {task_id: 'TASK-001', summary: 'Counted.'}},
            {text: 'Handed back.'},
          ],
        },
        {
          steps: [
            {shell: 'echo draft > draft'},
            {
              mcp: `${TOOLS}.request_input`,
              args: {session_name: 'worker-task-001', summary: 'Which way?', close_session: true},
            },
            {text: 'I asked.'},
          ],
        },
      ],
    },
  ],
}

describe('a conversation whose record is damaged', function () {
  this.timeout(180_000)
  let world: World
  tellOnFailure(() => world)
  before(async () => {
    world = await makeWorld({script})
  })
  after(() => world.close())

  it('gives way to a new one with task, handoff and answer, and stays on the board and on the disk (F-112)', async () => {
    await world.json(['init'])
    await world.json(['create-task', 'Count'])
    await world.json(['spawn-worker', 'TASK-001'])
    const first = await eventually('the worker to ask and to end', async () => {
      const session = await world.session('worker-task-001')
      return session?.status === 'closed' && session
    })
    const record = await recordOf(world, first.codex_session_id ?? '')
    await writeFile(record, '{"timestamp":"2026-01-31T12:00:00Z","type":"session_me')

    await world.json(['resume-task', 'TASK-001', '--note', 'Straight on.'])
    await eventually('the hand-back', async () => taskIn(await world.tasks(), 'TASK-001').status === 'review_ready')
    const project = await openIn(world.root, world.env)
    const starts: Session[] = (await project.board.read()).sessions
    const conversations = new Set(starts.map(({codex_session_id}) => codex_session_id))
    expect(conversations.size).to.equal(2)
    expect(conversations.has(first.codex_session_id)).to.equal(true)
    const back = await world.session('worker-task-001')
    expect(back?.codex_session_id).not.to.equal(first.codex_session_id)
    expect(back?.worktree).to.equal(first.worktree)
    expect(await readFile(path.join(first.worktree, 'draft'), 'utf8')).to.equal('draft\n')
    const told = world.model.requests.find(({user}) => user.includes('could not be brought back'))
    expect(told?.user).to.match(/^# Worker worker-task-001 on TASK-001/)
    expect(told?.user).to.contain('Straight on.')
    expect(existsSync(record)).to.equal(true)
    expect(world.model.problems).to.deep.equal([])
  })
})

async function recordOf(world: World, conversation: string): Promise<string> {
  const folder = path.join(world.env.CODEX_HOME ?? '', 'sessions')
  const name = (await readdir(folder, {recursive: true})).find(file => file.endsWith(`-${conversation}.jsonl`))
  if (name === undefined) throw new Error(`Codex has no record of ${conversation}.`)
  return path.join(folder, name)
}
