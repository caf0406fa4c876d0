import {expect} from 'chai'

import type {Stage} from './stage.ts'

const OF_TASKS: [tool: string, more?: object][] = [
  ['show_handoff'],
  ['show_task'],
  ['update_task', {title: 'Mine'}],
  ['spawn_worker'],
  ['resume_task', {note: ['Go on']}],
  ['request_review', {summary: 'Done'}],
]
const OF_SESSIONS: [tool: string, more?: object][] = [
  ['show_session'],
  ['show_prompt'],
  ['close_session'],
  ['close_worker'],
  ['request_input', {summary: 'Why?'}],
  ['acquire_lease', {purpose: 'npm test'}],
]

export function ids(stage: () => Stage): void {
  /** Refused before anything is looked up, by every tool that takes one. */
  async function refused(field: 'task_id' | 'session_name', value: string): Promise<void> {
    const tools = field === 'task_id' ? OF_TASKS : OF_SESSIONS
    const calls = tools.map(([tool, more]) => ['planner', tool, {...more, [field]: value}] as const)
    const says =
      field === 'task_id' ? /^A task id looks like TASK-001\.$/ : /^A (session is called|lease is held by) planner/
    for (const {code, message, suggestions} of await stage().refusedAll(calls)) {
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.match(says)
      expect(suggestions).to.have.length(1)
    }
  }

  const tasks: [row: string, id: string][] = [
    ['B1', '../../../etc/passwd'],
    ['B1', 'TASK-001/../../x'],
    ['B2', 'TASK-001\n---\nstatus: done'],
    ['B9', 'TASK-\uff10\uff10\uff11'],
    ['B9', 'TASK-001\u200d'],
    ['B12', 'task-001'],
    ['A-085', '--force'],
  ]
  for (const [row, id] of tasks) {
    const title = row.startsWith('A-') ? row : `MCP ${row}`
    it(`${title}: no task is ${JSON.stringify(id)}`, () => refused('task_id', id))
  }

  const sessions: [row: string, name: string][] = [
    ...['-S/tmp/x', '-L evil', '--', '-'].map(name => ['B3', name] as [string, string]),
    ...['a:b.1', '=planner', '$1', '@2', '%3', '{last}', '$0', '@1', '%1', '=eq', '~', '*', '-dash'].map(
      name => ['B4, A-026', name] as [string, string],
    ),
    ...['x;touch it-ran', '`touch it-ran`', '$(touch it-ran)', 'x|y', 'planner\n'].map(
      name => ['B6', name] as [string, string],
    ),
    ['B7', 'dashboard'],
    ['B9', 'worker\u2011task\u2011001'],
    ['B9', 'plan\u200dner'],
    ...['../x', 'a;b'].map(name => ['A-082', name] as [string, string]),
  ]
  for (const [row, name] of sessions) {
    const title = row.startsWith('A-') ? row : `MCP ${row}`
    it(`${title}: no session is ${JSON.stringify(name)}`, () => refused('session_name', name))
  }

  it('MCP B7, A-082: the planner is no worker to close', async () => {
    const {code, message, suggestions} = await stage().refused('planner', 'close_worker', {session_name: 'planner'})
    expect({code, message, suggestions}).to.deep.equal({
      code: 'INVALID_ARGUMENT',
      message: 'planner is no worker.',
      suggestions: ['close_session {"session_name":"planner"}'],
    })
  })

  for (const id of ['HEAVY-../../x', 'HEAVY-*', 'HEAVY-12345678\n', 'heavy-12345678']) {
    it(`MCP B8: no lease is ${JSON.stringify(id)}`, async () => {
      const {code, suggestions} = await stage().refused('worker', 'release_lease', {lease_id: id})
      expect({code, suggestions}).to.deep.equal({code: 'INVALID_ARGUMENT', suggestions: ['list_leases']})
    })
  }

  it('MCP B8: another session’s lease is not a worker’s to release', async () => {
    const {answered, refused} = stage()
    const {lease} = await answered<{lease: {id: string}}>('planner', 'acquire_lease', {
      session_name: 'planner',
      purpose: 'build',
    })
    const {code} = await refused('worker', 'release_lease', {lease_id: lease.id})
    await answered('planner', 'release_lease', {lease_id: lease.id})
    expect(code).to.equal('NOT_OWNER')
  })

  const unknown: [tool: string, input: object, code: string][] = [
    ['show_task', {task_id: 'TASK-999'}, 'TASK_NOT_FOUND'],
    ['show_handoff', {task_id: 'TASK-999'}, 'TASK_NOT_FOUND'],
    ['spawn_worker', {task_id: 'TASK-999'}, 'TASK_NOT_FOUND'],
    ['close_session', {session_name: 'worker-task-999'}, 'SESSION_NOT_FOUND'],
    ['release_lease', {lease_id: 'HEAVY-00000000'}, 'LEASE_NOT_FOUND'],
  ]
  for (const [tool, input, code] of unknown) {
    it(`MCP B1: what is nowhere is said to be nowhere by ${tool}`, async () => {
      const error = await stage().refused('planner', tool, input)
      expect([error.code, error.suggestions.length]).to.deep.equal([code, 1])
    })
  }
}
