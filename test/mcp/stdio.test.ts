import {mkdtemp, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {expect} from 'chai'

import {clientOfProcess} from '../support/mcp-client.ts'
import {RawServer, type RpcMessage, type RpcResult} from '../support/raw-stdio.ts'

const RUN = fileURLToPath(new URL('../support/mcp-fixture/run.js', import.meta.url))

let folder: string
let server: RawServer

function start(...options: string[]): RawServer {
  return new RawServer([process.execPath, RUN, 'serve-mcp', ...options], {cwd: folder})
}

function errorOf({result}: RpcMessage): RpcResult['structuredContent']['error'] {
  expect(result?.isError).to.equal(true)
  return structured(result).error
}

function resultOf({result}: RpcMessage): Record<string, unknown> {
  expect(result?.isError).to.equal(undefined)
  return structured(result)
}

function structured(result: RpcResult | undefined): RpcResult['structuredContent'] {
  if (result === undefined) throw new Error('it was answered with an error of the protocol')
  return result.structuredContent
}

async function expectServing(): Promise<void> {
  expect((await server.request('ping')).result).to.deep.equal({})
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

async function begin(): Promise<void> {
  folder = await mkdtemp(path.join(tmpdir(), 'tool-server-'))
  server = start()
}

async function finish(): Promise<void> {
  await server.stop()
  await rm(folder, {recursive: true})
  // Also after the strangest input, what came out is the protocol and nothing else.
  for (const line of server.lines) expect(JSON.parse(line)).to.have.property('jsonrpc', '2.0')
}

async function restart(...options: string[]): Promise<void> {
  await server.stop()
  server = start(...options)
}

describe('what a tool server makes of its input', () => {
  before(begin)
  after(finish)

  for (const [what, bytes] of [
    ['half an object', '{nope\n'],
    ['a blank line', '\n'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a])],
    ['a lone carriage return', '\r\n'],
    ['no version', '{"id":1,"method":"ping"}\n'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}\n'],
  ] as const) {
    it(`F1: ignores ${what}, with one line on standard error`, async () => {
      const before = {errors: server.stderr.length, lines: server.lines.length}
      server.write(bytes)
      await expectServing()
      const errors = server.stderr.slice(before.errors)
      expect(errors).to.equal('codex-planner serve-mcp: ignored a line that is no JSON-RPC message\n')
      expect(server.lines).to.have.length(before.lines + 1)
    })
  }

  it('F2: carries out nothing of a batch', async () => {
    const file = path.join(folder, 'mark')
    const params = {name: 'spawn_worker', arguments: {file}}
    const before = server.lines.length
    server.send([{jsonrpc: '2.0', id: 1, method: 'tools/call', params}])
    await expectServing()
    expect(server.lines).to.have.length(before + 1)
    expect(await exists(file)).to.equal(false)
  })

  it('F3: refuses a line of 11 MiB with a reason and exit code 1', async () => {
    await restart()
    server.write(`{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(11 * 1024 * 1024)}"}\n`)
    expect(await server.exit()).to.equal(1)
    expect(server.stderr).to.contain('an input line is longer than 1048576 bytes; the server ends')
    expect(server.stderr).not.to.contain('xxxx')
    expect(server.lines).to.deep.equal([])
    await restart()
  })

  for (const name of [
    'nope',
    'echo\u2028',
    '__proto__',
    'constructor',
    'toString',
    '',
    'say',
    'shutdown',
    'serve_mcp',
  ]) {
    it(`F5: knows no tool ${JSON.stringify(name)}`, async () => {
      expect((await server.call(name, {})).error?.code).to.equal(-32_602)
      await expectServing()
    })
  }

  for (const input of [[], null, 'x', 7]) {
    it(`F6: takes no ${JSON.stringify(input)} for arguments`, async () => {
      expect((await server.call('echo', input)).error?.code).to.equal(-32_602)
      await expectServing()
    })
  }

  for (const params of [undefined, {}, {name: 7}]) {
    it(`F6: takes no ${JSON.stringify(params)} for a call`, async () => {
      expect((await server.request('tools/call', params)).error?.code).to.equal(-32_602)
      await expectServing()
    })
  }

  it('F6: a missing required argument is named, and does not end the server', async () => {
    for (const input of [undefined, {}]) {
      const {code, message} = errorOf(await server.call('echo', input))
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.equal('`text` is missing: text of at most 65536 characters.')
    }
    expect(resultOf(await server.call('echo', {text: 'here'})).text).to.equal('here')
  })

  for (const limit of ['5', 1e308, -1, 0, 1.5, 'NaN', 2 ** 53, null, [5], true]) {
    it(`F8: takes no ${JSON.stringify(limit)} for a number from 1 to 200`, async () => {
      const {code, message} = errorOf(await server.call('echo', {text: 'x', limit}))
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.equal('`limit` must be a whole number from 1 to 200.')
      await expectServing()
    })
  }

  it('F9: refuses JSON that is nested 200 deep', async () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`
    server.write(
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":${deep}}}}\n`,
    )
    expect(errorOf(await server.answer(1)).code).to.equal('INVALID_ARGUMENT')
    await expectServing()
  })

  it('F9: refuses an object of 100,000 keys', async () => {
    const keys = Array.from({length: 100_000}, (_, index) => [index.toString(36), 0])
    const {code, message} = errorOf(await server.call('echo', {text: 'x', ...Object.fromEntries(keys)}))
    expect(code).to.equal('INVALID_ARGUMENT')
    expect(message.length).to.be.lessThan(300)
    await expectServing()
  })

  it('F10: answers a call before it was initialized', async () => {
    await restart()
    expect(resultOf(await server.call('echo', {text: 'early'})).text).to.equal('early')
  })

  it('F10: refuses an unknown method, also as the first', async () => {
    await restart()
    expect((await server.request('server/discover', {})).error?.code).to.equal(-32_601)
    await server.initialize()
    expect((await server.request('resources/list', {})).error?.code).to.equal(-32_601)
  })

  it('F11: answers both of two calls with one id', async () => {
    for (const text of ['one', 'two']) {
      server.send({jsonrpc: '2.0', id: 5, method: 'tools/call', params: {name: 'echo', arguments: {text}}})
    }
    const answers = () => server.messages.filter(({id}) => id === 5)
    await server.until(() => (answers().length === 2 ? true : undefined), 'fewer than two answers')
    expect(answers().map(answer => resultOf(answer).text)).to.have.members(['one', 'two'])
  })

  it('F12: ignores that an unknown, a finished or the first request is cancelled', async () => {
    const {id: first} = await server.initialize()
    await server.request('ping', undefined, 77)
    for (const requestId of ['never seen', 77, first]) {
      server.send({jsonrpc: '2.0', method: 'notifications/cancelled', params: {requestId}})
    }
    server.send({jsonrpc: '2.0', method: 'notifications/cancelled'})
    await expectServing()
  })

  for (const progressToken of [0, '', {}, undefined]) {
    it(`F19: sends no progress, also with the token ${JSON.stringify(progressToken)}`, async () => {
      const params = {name: 'echo', arguments: {text: 'x'}, _meta: {progressToken}}
      server.send({jsonrpc: '2.0', id: 1, method: 'tools/call', params})
      await expectServing()
      expect(server.messages.filter(({method}) => method !== undefined)).to.deep.equal([])
    })
  }

  it('answers 20 calls at once, each with its own', async () => {
    const texts = Array.from({length: 20}, (_, index) => `text ${index}`)
    const answers = await Promise.all(texts.map(text => server.call('echo', {text})))
    expect(answers.map(answer => resultOf(answer).text)).to.deep.equal(texts)
  })

  it('hands over text that looks like flags, and text in every script, unchanged', async () => {
    for (const text of ['--', '--loud', '-h', '--help', 'a\nb', '日本語 🎉', '$(id)', '\'"`']) {
      expect(resultOf(await server.call('echo', {text, note: ['-x', '--for']}))).to.deep.include({
        text,
        flags: {note: ['-x', '--for']},
      })
    }
  })

  it('refuses a value that is a flag of the command, which the parser cannot tell from one', async () => {
    expect(errorOf(await server.call('echo', {text: 'x', owner: '--force'})).code).to.equal('INVALID_ARGUMENT')
  })
})

describe('what a tool server takes for repo_path', () => {
  before(begin)
  after(finish)

  const NOT_ABSOLUTE = '`repo_path` must be an absolute path, without control characters.'
  const TOO_LONG = '`repo_path` must be text of at most 4096 characters.'
  const rows: [row: string, value: unknown, message: string][] = [
    ...['.', '../x', '', '   '].map(value => ['A6', value, NOT_ABSOLUTE] as [string, string, string]),
    ...['/x\0y', '/r\n', '/r\r\nX', '/r\u0085'].map(value => ['A7', value, NOT_ABSOLUTE] as [string, string, string]),
    ...['~', '$HOME', '%2e%2e', 'file:///etc'].map(value => ['A8', value, NOT_ABSOLUTE] as [string, string, string]),
    ...['--upload-pack=touch /x', '-C', '--git-dir=/x'].map(
      value => ['A9', value, NOT_ABSOLUTE] as [string, string, string],
    ),
    ['A12', `/${'x'.repeat(900_000)}`, TOO_LONG],
    ['A12', '/segment'.repeat(5000), TOO_LONG],
    ['A12', '/\ud800', NOT_ABSOLUTE],
    ['A14', null, TOO_LONG],
    ['A14', 7, TOO_LONG],
    ['A14', ['/x'], TOO_LONG],
  ]
  for (const [row, value, expected] of rows) {
    it(`${row}: not ${JSON.stringify(value).slice(0, 30)}`, async () => {
      const {code, message} = errorOf(await server.call('echo', {text: 'x', repo_path: value}))
      expect({code, message}).to.deep.equal({code: 'INVALID_ARGUMENT', message: expected})
      await expectServing()
    })
  }

  it('A14: nothing at all means the folder of the server', async () => {
    expect(resultOf(await server.call('echo', {text: 'x'})).folder).to.equal(folder)
  })
})

describe('the role of a tool server', () => {
  beforeEach(begin)
  afterEach(finish)

  const worker = ['--role', 'worker', '--session', 'worker-task-001']

  for (const [role, options, names] of [
    ['planner', [], ['echo', 'misbehave', 'slow_write', 'spawn_worker']],
    ['worker', worker, ['echo', 'misbehave', 'slow_write']],
    ['observer', ['--role', 'observer'], ['echo', 'misbehave']],
  ] as const) {
    it(`E1: a ${role} sees exactly its tools`, async () => {
      await server.stop()
      const client = await clientOfProcess([process.execPath, RUN, 'serve-mcp', ...options], {cwd: folder})
      expect((await client.listTools()).tools.map(({name}) => name)).to.have.members([...names])
      await client.close()
    })
  }

  it('E2: a tool that is not listed is refused to a worker, without effect', async () => {
    await restart(...worker)
    const file = path.join(folder, 'mark')
    expect(errorOf(await server.call('spawn_worker', {file})).code).to.equal('ROLE_FORBIDDEN')
    expect(await exists(file)).to.equal(false)
    expect(server.stderr).to.contain('refused spawn_worker to the worker')
    await expectServing()
  })

  it('E7: no argument and no _meta changes it', async () => {
    await restart(...worker)
    for (const extra of [{role: 'planner'}, {session: 'planner'}, {force: true}, {json: true}, {constructor: 1}]) {
      const {code, message} = errorOf(await server.call('echo', {text: 'x', ...extra}))
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.contain(`has no argument ${JSON.stringify(Object.keys(extra)[0])}`)
    }
    const answer = await server.call('echo', {text: 'x'}, {role: 'planner', session: 'planner'})
    expect(resultOf(answer).caller).to.deep.equal({role: 'worker', session: 'worker-task-001', project: null})
  })

  it('E8: a second greeting does not change it', async () => {
    await restart(...worker)
    await server.initialize()
    await server.initialize('planner')
    const {result} = await server.request('tools/list')
    expect(result?.tools.map(({name}) => name)).to.have.members(['echo', 'misbehave', 'slow_write'])
  })

  it('E9: a worker without a session does not start', async () => {
    await restart('--role', 'worker')
    expect(await server.exit()).to.equal(2)
    expect(server.stderr).to.contain('The tools of a worker need its --session')
    expect(server.lines).to.deep.equal([])
  })

  it('a worker’s shell cannot serve the tools of a planner', async () => {
    await server.stop()
    const env = {CODEX_ORCHESTRATOR_ROLE: 'worker', CODEX_ORCHESTRATOR_SESSION: 'worker-task-001'}
    server = new RawServer([process.execPath, RUN, 'serve-mcp', '--role', 'planner'], {cwd: folder, env})
    expect(await server.exit()).to.equal(1)
    expect(server.lines).to.deep.equal([])
  })
})

describe('a tool server with a command that misbehaves', () => {
  beforeEach(begin)
  afterEach(finish)

  it('F17: keeps what it prints out of the protocol', async () => {
    expect(resultOf(await server.call('misbehave', {how: 'print'}))).to.deep.equal({done: true})
    await expectServing()
    expect(server.lines).to.have.length(2)
    for (const text of ['printed by the command', 'a line of the console', 'half a line without an end', 'a warning']) {
      expect(server.stderr).to.contain(text)
    }
  })

  for (const input of [{how: 'exit'}, {how: 'string'}, {fatal: true}]) {
    it(`F17: outlives ${JSON.stringify(input)}`, async () => {
      const {code, message} = errorOf(await server.call('misbehave', input))
      expect(code).to.equal('INTERNAL')
      const [, id] = /error_id ([0-9a-f]{8})/.exec(message) ?? []
      expect(server.stderr).to.contain(`error_id ${id}: `)
      await expectServing()
    })
  }

  it('F17: outlives what is thrown after the answer', async () => {
    expect(resultOf(await server.call('misbehave', {how: 'late'}))).to.deep.equal({done: true})
    await server.until(
      () => (/too late/.test(server.stderr) && /rejected later/.test(server.stderr)) || undefined,
      'silence',
    )
    await expectServing()
  })

  it('F18: ends with 0 after calls that failed', async () => {
    const {code, suggestions, retryable} = errorOf(await server.call('misbehave', {how: 'exit-code'}))
    expect({code, suggestions, retryable}).to.deep.equal({
      code: 'BOARD_LOCKED',
      suggestions: ['echo {"text":"two words","limit":5}', 'git status'],
      retryable: true,
    })
    await server.call('misbehave', {how: 'exit'})
    await server.call('nope', {})
    server.endInput()
    expect(await server.exit()).to.equal(0)
  })
})

describe('the end of a tool server', () => {
  beforeEach(begin)
  afterEach(finish)

  it('F14: without any call is 0, and silent', async () => {
    server.endInput()
    expect(await server.exit()).to.equal(0)
    expect(server.stderr).to.equal('')
  })

  const endings: [row: string, how: string, end: () => void][] = [
    ['F14', 'its input ends', () => server.endInput()],
    ['F16', 'it is sent SIGTERM', () => server.signal('SIGTERM')],
    ['F16', 'it is sent SIGINT', () => server.signal('SIGINT')],
    ['F16', 'it is sent SIGHUP', () => server.signal('SIGHUP')],
  ]
  for (const [row, how, end] of endings) {
    it(`${row}: a write that has begun is finished and answered when ${how}`, async () => {
      const file = path.join(folder, 'written')
      server.send({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {name: 'slow_write', arguments: {file, milliseconds: 300}},
      })
      await server.until(async () => (await exists(file)) || undefined, 'the write never began')
      end()
      expect(await server.exit()).to.equal(0)
      expect(await readFile(file, 'utf8')).to.equal('begin\nend\n')
      expect(server.messages.map(({id}) => id)).to.deep.equal([1])
    })
  }

  it('F16: a write that does not finish cannot keep it', async () => {
    const file = path.join(folder, 'written')
    server.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {name: 'slow_write', arguments: {file, milliseconds: 60_000}},
    })
    await server.until(async () => (await exists(file)) || undefined, 'the write never began')
    server.signal('SIGTERM')
    expect(await server.exit()).to.equal(0)
  })
})
