import {mkdtemp, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {expect} from 'chai'

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

describe('what a tool server makes of its input', () => {
  before(begin)
  after(finish)

  for (const name of ['say', 'repeat', 'shutdown', 'serve_mcp']) {
    it(`knows no tool ${JSON.stringify(name)}: what is no tool is none by another name either`, async () => {
      expect((await server.call(name, {text: 'x'})).error?.code).to.equal(-32_602)
      await expectServing()
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

describe('the role of a tool server', () => {
  beforeEach(begin)
  afterEach(finish)

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

  it('MCP F17: keeps what it prints out of the protocol', async () => {
    expect(resultOf(await server.call('misbehave', {how: 'print'}))).to.deep.equal({done: true})
    await expectServing()
    expect(server.lines).to.have.length(2)
    for (const text of ['printed by the command', 'a line of the console', 'half a line without an end', 'a warning']) {
      expect(server.stderr).to.contain(text)
    }
  })

  for (const input of [{how: 'exit'}, {how: 'string'}, {fatal: true}]) {
    it(`MCP F17: outlives ${JSON.stringify(input)}`, async () => {
      const {code, message} = errorOf(await server.call('misbehave', input))
      expect(code).to.equal('INTERNAL')
      const [, id] = /error_id ([0-9a-f]{8})/.exec(message) ?? []
      expect(server.stderr).to.contain(`error_id ${id}: `)
      await expectServing()
    })
  }

  it('MCP F17: outlives what is thrown after the answer', async () => {
    expect(resultOf(await server.call('misbehave', {how: 'late'}))).to.deep.equal({done: true})
    await server.until(
      () => (/too late/.test(server.stderr) && /rejected later/.test(server.stderr)) || undefined,
      'silence',
    )
    await expectServing()
  })

  it('MCP F18: ends with 0 after calls that failed', async () => {
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

  it('MCP F14: without any call is 0, and silent', async () => {
    server.endInput()
    expect(await server.exit()).to.equal(0)
    expect(server.stderr).to.equal('')
  })

  const endings: [row: string, how: string, end: () => void][] = [
    ['MCP F14', 'its input ends', () => server.endInput()],
    ['MCP F16', 'it is sent SIGTERM', () => server.signal('SIGTERM')],
    ['MCP F16', 'it is sent SIGINT', () => server.signal('SIGINT')],
    ['MCP F16', 'it is sent SIGHUP', () => server.signal('SIGHUP')],
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

  it('MCP F16: a write that does not finish cannot keep it', async () => {
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
