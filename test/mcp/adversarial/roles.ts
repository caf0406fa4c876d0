import {expect} from 'chai'

import {putOnBoard} from '../../commands/boards.ts'
import {answerIn, failureIn, requireSound, type Stage} from './stage.ts'

const READS =
  'doctor list_leases list_sessions list_tasks resources show_handoff show_prompt show_session show_task snapshots wait_events'.split(
    ' ',
  )
const WORKS = 'acquire_lease close_session release_lease request_input request_review'.split(' ')
const PLANS = 'close_worker create_task init_repo resume_task spawn_worker update_task'.split(' ')

/** Arguments with which each would do something if it were allowed. */
const FOR_THE_PLANNER: [tool: string, input: object][] = [
  ['spawn_worker', {task_id: 'TASK-003'}],
  ['create_task', {title: 'More'}],
  ['init_repo', {}],
  ['close_worker', {session_name: 'worker-task-002'}],
  ['resume_task', {task_id: 'TASK-002', note: ['Go on']}],
  ['update_task', {task_id: 'TASK-002', title: 'Mine'}],
  ['update_task', {task_id: 'TASK-001', owner: 'worker-task-009'}],
  ['update_task', {task_id: 'TASK-001', write_scope: ['src']}],
  ['update_task', {task_id: 'TASK-001', status: 'done'}],
]

/** What would choose a program or what it sees. */
const FOREIGN = ['codex_executable', 'codex_args', 'extra_args', 'env', 'path', 'config', 'cwd', 'model', 'backend']

export function roles(stage: () => Stage): void {
  for (const [who, names] of [
    ['planner', [...READS, ...WORKS, ...PLANS]],
    ['worker', [...READS, ...WORKS]],
    ['observer', READS],
  ] as const) {
    it(`MCP E1: the ${who} has exactly its tools`, async () => {
      const {result} = await stage().servers[who].request('tools/list')
      expect(result?.tools.map(({name}) => name).toSorted()).to.deep.equal([...names].toSorted())
    })
  }

  for (const who of ['worker', 'observer'] as const) {
    it(`MCP E2, E4: the ${who} is refused the planner’s tools, and that is told on standard error`, async () => {
      const {refusedAll, servers} = stage()
      const told = servers[who].stderr.length
      const errors = await refusedAll(FOR_THE_PLANNER.map(([tool, input]) => [who, tool, input] as const))
      expect(errors.map(({code}) => code)).to.deep.equal(errors.map(() => 'ROLE_FORBIDDEN'))
      expect(servers[who].stderr.slice(told)).to.equal(
        FOR_THE_PLANNER.map(([tool]) => `codex-planner serve-mcp: refused ${tool} to the ${who}\n`).join(''),
      )
    })
  }

  for (const tool of ['launch', 'attach', 'dashboard', 'suspend', 'shutdown', 'clean', 'run', 'serve_mcp', 'init']) {
    it(`MCP E2: ${tool} is nobody’s tool`, async () => {
      const {servers, untouched} = stage()
      await untouched(async () => {
        for (const server of [servers.planner, servers.worker, servers.observer, servers.open]) {
          expect((await server.call(tool, {})).error?.code).to.equal(-32_602)
          await requireSound(server)
        }
      })
    })
  }

  const others: [row: string, what: string, tool: string, input: object][] = [
    ['E3', 'end the planner', 'close_session', {session_name: 'planner'}],
    ['E3', 'end another worker', 'close_session', {session_name: 'worker-task-002'}],
    ['E4', 'hand back another’s task', 'request_review', {task_id: 'TASK-002', summary: 'Done'}],
    ['E5', 'ask in another’s name', 'request_input', {session_name: 'worker-task-002', summary: 'Why?'}],
    ['E5', 'take a lease in another’s name', 'acquire_lease', {session_name: 'worker-task-002', purpose: 'x'}],
    ['E11', 'read the planner’s prompt', 'show_prompt', {session_name: 'planner'}],
    ['E11', 'read another worker’s prompt', 'show_prompt', {session_name: 'worker-task-002'}],
  ]
  for (const [row, what, tool, input] of others) {
    it(`MCP ${row}: a worker cannot ${what}`, async () => {
      const {code, suggestions} = await stage().refused('worker', tool, input)
      expect([code, suggestions.length]).to.deep.equal(['NOT_OWNER', 1])
    })
  }

  for (const extra of [{role: 'planner'}, {session: 'planner'}, {force: true}, {json: true}, {constructor: 1}]) {
    it(`MCP E7, A-085: no argument ${JSON.stringify(extra)} changes who calls`, async () => {
      const {refusedAll} = stage()
      const errors = await refusedAll([
        ['worker', 'list_tasks', extra],
        ['worker', 'request_review', {task_id: 'TASK-001', summary: 'Done', ...extra}],
      ])
      for (const {code, message} of errors) {
        expect(code).to.equal('INVALID_ARGUMENT')
        expect(message).to.contain(` has no argument ${JSON.stringify(Object.keys(extra)[0])}. It takes repo_path, `)
      }
    })
  }

  it('MCP E7: _meta grants nothing', async () => {
    const meta = {role: 'planner', session: 'planner', 'codex-planner/role': 'planner'}
    const {code} = await stage().refused('worker', 'create_task', {title: 'More'}, meta)
    expect(code).to.equal('ROLE_FORBIDDEN')
  })

  it('MCP E8: a second greeting changes nothing', async () => {
    const {refused, servers} = stage()
    await servers.worker.initialize('planner')
    const {result} = await servers.worker.request('tools/list')
    expect(result?.tools.map(({name}) => name)).to.have.members([...READS, ...WORKS])
    expect((await refused('worker', 'create_task', {title: 'More'})).code).to.equal('ROLE_FORBIDDEN')
  })

  for (const options of [[], ['--session', 'planner'], ['--session', 'worker-1']]) {
    it(`MCP E9: a worker’s server does not start with ${options.join(' ') || 'no session'}`, async () => {
      const {start, untouched} = stage()
      await untouched(async () => {
        const server = start(['--role', 'worker', ...options])
        expect(await server.exit()).to.equal(2)
        expect(server.stderr).to.match(/^ {4}Error: .*session.*\.\n {4}Code: INVALID_ARGUMENT\n/i)
        expect(server.lines).to.deep.equal([])
      })
    })
  }

  it('MCP E10: a worker that was closed reads, and reports no more', async () => {
    const {machine, project, start, untouched} = stage()
    const root = await project('closed')
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [{name: 'worker-task-001', backend: 'gone', status: 'closed'}],
    })
    const server = start(['--role', 'worker', '--session', 'worker-task-001', '--repo-path', root], {
      cwd: machine.folder,
    })
    await server.initialize()
    await untouched(async () => {
      for (const [tool, input] of [
        ['request_review', {task_id: 'TASK-001', summary: 'Done'}],
        ['request_input', {session_name: 'worker-task-001', summary: 'Why?'}],
      ] as const) {
        const {code, message, suggestions} = failureIn(await server.call(tool, input))
        expect({code, message, suggestions}).to.deep.equal({
          code: 'SESSION_NOT_FOUND',
          message: 'worker-task-001 was closed, and reports no more.',
          suggestions: ['show_session {"session_name":"worker-task-001"}'],
        })
      }
      answerIn(await server.call('show_task', {task_id: 'TASK-001'}))
    })
    await requireSound(server)
  })

  it('MCP E12: an argument does not widen what a server is for', async () => {
    const {other, refusedAll} = stage()
    const errors = await refusedAll([
      ['worker', 'request_review', {repo_path: other, task_id: 'TASK-001', summary: 'Done'}],
      ['worker', 'release_lease', {repo_path: other, lease_id: 'HEAVY-00000000'}],
      ['planner', 'create_task', {repo_path: other, title: 'More'}],
      ['planner', 'init_repo', {repo_path: other}],
      ['observer', 'doctor', {repo_path: other}],
    ])
    expect(errors.map(({code}) => code)).to.deep.equal(errors.map(() => 'REPO_NOT_ALLOWED'))
  })

  it('A-086: no tool takes a program, its arguments or its environment', async () => {
    const {refusedAll, servers} = stage()
    const tools = (await servers.open.request('tools/list')).result?.tools ?? []
    const calls = tools.flatMap(({name, inputSchema: {properties, required = []}}) => {
      const needed = required.map(field => [
        field,
        properties[field]?.type === 'array' ? ['x'] : properties[field]?.type === 'integer' ? 1 : 'x',
      ])
      return FOREIGN.map(field => ['open', name, {...Object.fromEntries(needed), [field]: '/tmp/evil'}] as const)
    })
    const errors = await refusedAll(calls)
    expect(errors.length).to.equal(22 * FOREIGN.length)
    for (const [index, {code, message}] of errors.entries()) {
      const field = FOREIGN[index % FOREIGN.length]
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.contain(` has no argument "${field}". It takes repo_path`)
    }
  })
}
