import {expect} from 'chai'

import {answerIn, failureIn, requireSound, type Stage} from './stage.ts'

const NO_NUMBERS = ['5', 1e308, -1, 0, 1.5, 'NaN', 2 ** 53, null, [5], true]

export function protocol(stage: () => Stage): void {
  const observer = () => stage().servers.observer
  const call = (id: number | string, name: string, input: object = {}) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {name, arguments: input},
  })
  /** A server of its own, for what a server does not outlive or has to be the first. */
  const fresh = () => stage().start(['--role', 'planner', '--repo-path', stage().root])

  for (const [what, bytes] of [
    ['half an object', '{nope\n'],
    ['a blank line', '\n'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a])],
    ['a lone carriage return', '\r\n'],
    ['no version', '{"id":1,"method":"ping"}\n'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}\n'],
  ] as const) {
    it(`MCP F1: ignores ${what}, with one line on standard error`, async () => {
      const server = observer()
      const before = {errors: server.stderr.length, lines: server.lines.length}
      server.write(bytes)
      await requireSound(server)
      const errors = server.stderr.slice(before.errors)
      expect(errors).to.equal('codex-planner serve-mcp: ignored a line that is no JSON-RPC message\n')
      expect(server.lines).to.have.length(before.lines + 1)
    })
  }

  it('MCP F2: carries out nothing of a batch', async () => {
    const {servers, untouched} = stage()
    const before = servers.planner.lines.length
    await untouched(async () => {
      servers.planner.send([call(1, 'create_task', {title: 'More'}), call(2, 'create_task', {title: 'And more'})])
      await requireSound(servers.planner)
    })
    expect(servers.planner.lines).to.have.length(before + 1)
  })

  for (const [row, mebibytes] of [
    ['F3', 11],
    ['F4', 8],
  ] as const) {
    it(`MCP ${row}: refuses a line of ${mebibytes} MiB with a reason and exit code 1`, async () => {
      const server = fresh()
      await stage().untouched(async () => {
        server.send(call(1, 'create_task', {title: 'x'.repeat(mebibytes * 1024 * 1024)}))
        expect(await server.exit()).to.equal(1)
      })
      expect(server.stderr).to.match(/ an input line is longer than 1048576 bytes; the server ends\n$/)
      expect(server.stderr).not.to.contain('xxxx')
      expect(server.lines).to.deep.equal([])
    })
  }

  it('MCP F4: refuses a text of 900 KiB, and copies none of it', async () => {
    const {refused, servers} = stage()
    const told = servers.planner.stderr.length
    const {code, message} = await refused('planner', 'create_task', {title: 'x'.repeat(900 * 1024)})
    expect({code, message}).to.deep.equal({
      code: 'INVALID_ARGUMENT',
      message: '`title` must be text of at most 65536 characters.',
    })
    expect(servers.planner.stderr.slice(told)).to.equal('')
  })

  for (const name of ['nope', 'list_tasks\u2028', '__proto__', 'constructor', 'toString', '']) {
    it(`MCP F5: knows no tool ${JSON.stringify(name)}`, async () => {
      expect((await observer().call(name, {})).error?.code).to.equal(-32_602)
      await requireSound(observer())
    })
  }

  for (const input of [[], null, 'x', 7]) {
    it(`MCP F6: takes no ${JSON.stringify(input)} for arguments`, async () => {
      expect((await observer().call('list_tasks', input)).error?.code).to.equal(-32_602)
      await requireSound(observer())
    })
  }

  for (const params of [undefined, {}, {name: 7}]) {
    it(`MCP F6: takes no ${JSON.stringify(params)} for a call`, async () => {
      expect((await observer().request('tools/call', params)).error?.code).to.equal(-32_602)
      await requireSound(observer())
    })
  }

  for (const input of [undefined, {}]) {
    it(`MCP F6, A-085: names what is missing from ${JSON.stringify(input)}`, async () => {
      const {code, message} = await stage().refused('observer', 'show_task', input)
      expect({code, message}).to.deep.equal({
        code: 'INVALID_ARGUMENT',
        message: '`task_id` is missing: text of at most 65536 characters.',
      })
    })
  }

  for (const limit of NO_NUMBERS) {
    it(`MCP F8, A-085: takes no ${JSON.stringify(limit)} for a number from 1 to 200`, async () => {
      const {code, message} = await stage().refused('observer', 'list_tasks', {limit})
      expect({code, message}).to.deep.equal({
        code: 'INVALID_ARGUMENT',
        message: '`limit` must be a whole number from 1 to 200.',
      })
    })
  }

  const wrong: [tool: string, input: object, message: string][] = [
    ['list_tasks', {all: 'true'}, '`all` must be true or false.'],
    [
      'list_tasks',
      {status: 'todo'},
      '`status` must be a list of at most 100 entries, each one of todo, in_progress, blocked, needs_input, review_ready, done, cancelled.',
    ],
    [
      'list_tasks',
      {status: ['finished']},
      '`status[0]` must be one of todo, in_progress, blocked, needs_input, review_ready, done, cancelled.',
    ],
    [
      'create_task',
      {title: 'x', acceptance: 'one'},
      '`acceptance` must be a list of at most 100 entries, each text of at most 65536 characters.',
    ],
    ['create_task', {title: ['x']}, '`title` must be text of at most 65536 characters.'],
    ['create_task', {title: 'x', priority: 'urgent'}, '`priority` must be one of low, normal, high.'],
    [
      'create_task',
      {title: 'x', acceptance: ['a', {b: 1}]},
      '`acceptance[1]` must be text of at most 65536 characters.',
    ],
    ['update_task', {task_id: 1}, '`task_id` must be text of at most 65536 characters.'],
  ]
  for (const [tool, input, expected] of wrong) {
    it(`A-085: ${tool} does not take ${JSON.stringify(input)}`, async () => {
      const {code, message} = await stage().refused('planner', tool, input)
      expect({code, message}).to.deep.equal({code: 'INVALID_ARGUMENT', message: expected})
    })
  }

  it('MCP F9: refuses JSON that is nested 200 deep', async () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`
    observer().write(
      `{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":{"name":"show_task","arguments":{"task_id":${deep}}}}\n`,
    )
    expect(failureIn(await observer().answer('deep')).code).to.equal('INVALID_ARGUMENT')
    await requireSound(observer())
  })

  it('MCP F9: refuses an object of 60,000 keys, and names one', async () => {
    const keys = Array.from({length: 60_000}, (_, index) => [index.toString(36), 0])
    const {code, message} = await stage().refused('observer', 'list_tasks', Object.fromEntries(keys))
    expect(code).to.equal('INVALID_ARGUMENT')
    expect(message).to.equal(
      'list_tasks has no argument "0". It takes repo_path, status, owner, ready, all, limit, cursor.',
    )
  })

  it('MCP F10: answers a call before it was initialized', async () => {
    const server = fresh()
    expect(answerIn(await server.call('list_tasks'))).to.have.property('total')
    await requireSound(server)
  })

  it('MCP F10: refuses an unknown method, also as the first', async () => {
    const server = fresh()
    expect((await server.request('server/discover', {})).error?.code).to.equal(-32_601)
    await server.initialize()
    expect((await server.request('resources/list', {})).error?.code).to.equal(-32_601)
    await requireSound(server)
  })

  it('MCP F11: answers both of two calls with one id', async () => {
    const server = observer()
    for (const task_id of ['TASK-001', 'TASK-002']) server.send(call('twice', 'show_task', {task_id}))
    const answers = () => server.messages.filter(({id}) => id === 'twice')
    await server.until(() => (answers().length === 2 ? true : undefined), 'fewer than two answers')
    const shown = answers().map(answer => (answerIn(answer).task as {id: string}).id)
    expect(shown).to.have.members(['TASK-001', 'TASK-002'])
    await requireSound(server)
  })

  it('MCP F12: ignores that an unknown, a finished or the first request is cancelled', async () => {
    const server = observer()
    const {id: first} = await server.initialize()
    await server.request('ping', undefined, 77)
    for (const requestId of ['never seen', 77, first]) {
      server.send({jsonrpc: '2.0', method: 'notifications/cancelled', params: {requestId}})
    }
    server.send({jsonrpc: '2.0', method: 'notifications/cancelled'})
    await requireSound(server)
  })

  for (const progressToken of [0, '', {}, undefined]) {
    it(`MCP F19: sends no progress, also with the token ${JSON.stringify(progressToken)}`, async () => {
      const server = observer()
      const params = {name: 'list_tasks', arguments: {}, _meta: {progressToken}}
      server.send({jsonrpc: '2.0', id: `progress ${JSON.stringify(progressToken)}`, method: 'tools/call', params})
      await requireSound(server)
      expect(server.messages.filter(({method}) => method !== undefined)).to.deep.equal([])
    })
  }
}
