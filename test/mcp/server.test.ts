import {setTimeout as delay} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

import {string as positional} from '@oclif/core/args'
import {Config} from '@oclif/core/config'
import {string} from '@oclif/core/flags'
import {expect} from 'chai'

import {PlannerError} from '../../src/domain/errors.ts'
import type {Access, Role} from '../../src/domain/role.ts'
import {integer} from '../../src/flags.ts'
import {loadTools, type ToolServer, toolServer} from '../../src/mcp/server.ts'
import type {Serving} from '../../src/mcp/serving.ts'
import {type CommandClass, toTool} from '../../src/mcp/tool.ts'
import {PlannerCommand} from '../../src/planner-command.ts'
import {clientOf} from '../support/mcp-client.ts'

const FIXTURE = fileURLToPath(new URL('../support/mcp-fixture', import.meta.url))

type Work = (input: {flags: Record<string, unknown>; command: PlannerCommand<unknown>}) => Promise<unknown>

/** A command that is called `id` and does `work`. */
function aCommand(id: string, access: Access, work: Work): CommandClass {
  class Made extends PlannerCommand<unknown> {
    static override id = id
    static override summary = `It is ${id}.`
    static override access = access
    static override tool = {}
    static override args = {text: positional({ignoreStdin: true})}
    static override flags = {
      note: string(),
      limit: integer({summary: 'Entries at most.', min: 1, max: 200}),
    }

    async execute(): Promise<unknown> {
      const {flags} = await this.parse(Made)
      return work({flags, command: this})
    }

    render(): string {
      return ''
    }
  }
  return Made
}

interface Given {
  commands: CommandClass[]
  role?: Role
  repoPath?: string | null
  serving?: Partial<Serving>
  log?: (line: string) => void
}

async function aServer({commands, role = 'planner', repoPath = null, serving = {}, log = () => undefined}: Given) {
  const config = await Config.load(FIXTURE)
  const names = new Map(commands.map(({id}) => [id, id.replaceAll('-', '_')]))
  return toolServer({
    tools: commands.map(command => toTool(command, config.bin, names)),
    config,
    caller: {role, session: null, project: repoPath},
    folder: '/started/here',
    repoPath,
    judges: () => ({}),
    log,
    serving: {
      onStart: async () => undefined,
      onFirstCall: async () => undefined,
      onConversation: async () => undefined,
      onEnd: async () => undefined,
      sameProject: async () => false,
      isWorkerWorktree: async () => false,
      ...serving,
    },
  })
}

async function call(server: ToolServer, name: string, input: Record<string, unknown> = {}, meta?: object) {
  return server.call({name, arguments: input, _meta: meta}, new AbortController().signal)
}

async function refusal(server: ToolServer, name: string, input: Record<string, unknown> = {}) {
  const {isError, structuredContent} = await call(server, name, input)
  expect(isError).to.equal(true)
  const {error} = structuredContent
  if (!isFailure(error)) throw new Error('it has no error')
  return error
}

function isFailure(error: unknown): error is {code: string; message: string; suggestions: string[]} {
  return typeof error === 'object' && error !== null && 'code' in error
}

function aGate(): {opened: Promise<void>; open: () => void} {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return {opened, open}
}

const nothing = async () => ({})

describe('the tool server', () => {
  it('answers what the command answers, also to the client of the SDK', async () => {
    const list = aCommand('list-tasks', 'read', async ({flags}) => ({tasks: [], flags}))
    const client = await clientOf(await aServer({commands: [list]}), {instructions: 'list_tasks: read.'})
    expect((await client.listTools()).tools.map(({name}) => name)).to.deep.equal(['list_tasks'])
    expect(client.getInstructions()).to.equal('list_tasks: read.')
    const answer = await client.callTool({name: 'list_tasks', arguments: {limit: 5}})
    expect(answer.structuredContent).to.deep.equal({tasks: [], flags: {limit: 5}})
    expect(answer.content).to.deep.equal([{type: 'text', text: '{"tasks":[],"flags":{"limit":5}}'}])
    await client.close()
  })

  it('gives the command its caller, the folder of the server, and the size of an answer', async () => {
    const show = aCommand('show', 'read', async ({command: {caller, folder, maxBytes}}) => ({caller, folder, maxBytes}))
    const {structuredContent} = await call(await aServer({commands: [show], role: 'observer'}), 'show')
    expect(structuredContent).to.deep.equal({
      caller: {role: 'observer', session: null, project: null},
      folder: '/started/here',
      maxBytes: 8000,
    })
  })

  it('lists no tool that the role has no right to, and never one for the person alone', async () => {
    const commands = (['read', 'work', 'plan', 'operate'] as const).map(access => aCommand(access, access, nothing))
    const listed = async (role: Role) => (await aServer({commands, role})).list().map(({name}) => name)
    expect(await listed('observer')).to.deep.equal(['read'])
    expect(await listed('worker')).to.deep.equal(['read', 'work'])
    expect(await listed('planner')).to.deep.equal(['read', 'work', 'plan'])
  })

  it('refuses such a tool when it is called by name, and suggests only what the role has', async () => {
    let calls = 0
    const spawn = aCommand('spawn-worker', 'plan', async () => ({calls: (calls += 1)}))
    const list = aCommand('list-tasks', 'read', nothing)
    const lines: string[] = []
    const server = await aServer({commands: [spawn, list], role: 'worker', log: line => lines.push(line)})
    const {code, suggestions} = await refusal(server, 'spawn_worker', {bogus: 1})
    expect({code, suggestions, calls}).to.deep.equal({code: 'ROLE_FORBIDDEN', suggestions: ['list_tasks'], calls: 0})
    expect(lines).to.deep.equal(['refused spawn_worker to the worker'])
  })

  it('tells an error of the command with its code, and suggestions that can be called', async () => {
    const fail = aCommand('show-task', 'read', async () => {
      throw new PlannerError('BOARD_LOCKED', 'See codex-planner list-tasks.', [
        'codex-planner show-task x',
        'codex-planner shutdown',
      ])
    })
    const server = await aServer({commands: [fail, aCommand('list-tasks', 'read', nothing)]})
    const answer = await call(server, 'show_task')
    expect(answer).to.deep.equal({
      isError: true,
      structuredContent: {
        error: {
          code: 'BOARD_LOCKED',
          message: 'See list_tasks.',
          suggestions: ['show_task {"text":"x"}'],
          retryable: true,
        },
      },
      content: [{type: 'text', text: 'error: See list_tasks.\nshow_task {"text":"x"}'}],
    })
  })

  it('keeps the details of a fault from the caller', async () => {
    const lines: string[] = []
    const fail = aCommand('fail', 'read', async () => {
      throw new TypeError('password in here')
    })
    const server = await aServer({commands: [fail], log: line => lines.push(line)})
    const {code, message} = await refusal(server, 'fail')
    expect(code).to.equal('INTERNAL')
    expect(message).not.to.contain('password')
    const [, id] = /error_id ([0-9a-f]{8})/.exec(message) ?? []
    expect(lines.join('\n')).to.contain(`error_id ${id}: TypeError: password in here`)
  })

  it('leaves the exit code alone when a call fails', async () => {
    const fail = aCommand('fail', 'read', async ({command}) => command.exit(4))
    const before = process.exitCode
    await refusal(await aServer({commands: [fail]}), 'fail')
    expect(process.exitCode).to.equal(before)
  })

  describe('with an answer of more than 8 KiB', () => {
    const large = async () => ({text: 'x'.repeat(8192)})

    it('says which argument makes it smaller', async () => {
      const {code, message} = await refusal(await aServer({commands: [aCommand('large', 'read', large)]}), 'large')
      expect(code).to.equal('INVALID_ARGUMENT')
      expect(message).to.equal('The answer has 8203 bytes; a tool sends at most 8192. Make it smaller with `limit`.')
    })

    it('does not let a write that is done look as if it were not', async () => {
      const answer = await call(await aServer({commands: [aCommand('large', 'plan', large)]}), 'large')
      expect(answer.isError).to.equal(undefined)
      expect(answer.structuredContent.done).to.equal(true)
      expect(answer.structuredContent.note).to.match(/^It is done, and must not be repeated\./)
    })

    it('sends 8 KiB whole', async () => {
      const fits = aCommand('fits', 'read', async () => ({text: 'x'.repeat(8181)}))
      const {content} = await call(await aServer({commands: [fits]}), 'fits')
      expect(content[0]?.text.length).to.equal(8192)
    })
  })

  describe('that was started for one repository', () => {
    const commands = [aCommand('show', 'read', async ({flags, command}) => ({flags, folder: command.folder}))]
    const serving = {sameProject: async (folder: string) => folder === '/repo/sub'}

    it('refuses every other one', async () => {
      const server = await aServer({commands, repoPath: '/repo', serving})
      for (const repo_path of ['/other', '/repo-evil', '/']) {
        expect((await refusal(server, 'show', {repo_path})).code).to.equal('REPO_NOT_ALLOWED')
      }
    })

    it('takes a folder of that one, and works on it without being told', async () => {
      const server = await aServer({commands, repoPath: '/repo', serving})
      const told = await call(server, 'show', {repo_path: '/repo/sub'})
      expect(told.structuredContent).to.deep.equal({flags: {'repo-path': '/repo/sub'}, folder: '/repo'})
      expect((await call(server, 'show')).structuredContent).to.deep.equal({flags: {}, folder: '/repo'})
    })
  })

  it('takes any absolute path when it was started for none', async () => {
    const show = aCommand('show', 'read', async ({flags}) => flags)
    const answer = await call(await aServer({commands: [show]}), 'show', {repo_path: '/anywhere'})
    expect(answer.structuredContent).to.deep.equal({'repo-path': '/anywhere'})
  })

  it('carries out writes one after the other, and reads meanwhile', async () => {
    const {opened, open} = aGate()
    const order: string[] = []
    const write = aCommand('write', 'work', async ({flags}) => {
      order.push(`begin ${String(flags.note)}`)
      if (flags.note === 'first') await opened
      order.push(`end ${String(flags.note)}`)
      return {}
    })
    const read = aCommand('read', 'read', async () => {
      order.push('read')
      open()
      return {}
    })
    const server = await aServer({commands: [write, read]})
    const writes = [call(server, 'write', {note: 'first'}), call(server, 'write', {note: 'second'})]
    while (order.length === 0) await new Promise(setImmediate)
    await call(server, 'read')
    await Promise.all(writes)
    expect(order).to.deep.equal(['begin first', 'read', 'end first', 'begin second', 'end second'])
  })

  it('goes on after a write that failed', async () => {
    const write = aCommand('write', 'work', async ({flags}) => {
      if (flags.note === 'fail') throw new PlannerError('GIT_FAILED', 'No.')
      return {}
    })
    const server = await aServer({commands: [write]})
    const [failed, worked] = await Promise.all([call(server, 'write', {note: 'fail'}), call(server, 'write')])
    expect([failed?.isError, worked?.isError]).to.deep.equal([true, undefined])
  })

  it('never begins a write that was cancelled while it waited', async () => {
    const {opened, open} = aGate()
    const begun: unknown[] = []
    const write = aCommand('write', 'work', async ({flags}) => {
      begun.push(flags.note)
      await opened
      return {}
    })
    const server = await aServer({commands: [write]})
    const first = call(server, 'write', {note: 'first'})
    const cancel = new AbortController()
    const second = server.call({name: 'write', arguments: {note: 'second'}}, cancel.signal)
    cancel.abort()
    open()
    await Promise.all([first, second])
    expect(begun).to.deep.equal(['first'])
  })

  it('finishes the write that has begun when it is to end, and begins no other', async () => {
    const {opened, open} = aGate()
    const order: unknown[] = []
    const write = aCommand('write', 'work', async ({flags}) => {
      order.push(`begin ${String(flags.note)}`)
      await opened
      order.push(`end ${String(flags.note)}`)
      return {}
    })
    const serving = {onEnd: async () => void order.push('onEnd')}
    const server = await aServer({commands: [write], serving})
    const calls = [call(server, 'write', {note: 'first'}), call(server, 'write', {note: 'second'})]
    while (order.length === 0) await new Promise(setImmediate)
    const ended = server.end(10_000)
    open()
    await Promise.all([ended, ...calls])
    expect(order).to.deep.equal(['begin first', 'end first', 'onEnd'])
  })

  it('ends although a call does not', async () => {
    let ended = 0
    const hang = aCommand('hang', 'read', () => new Promise(() => undefined))
    const server = await aServer({commands: [hang], serving: {onEnd: async () => void (ended += 1)}})
    void call(server, 'hang')
    await server.end(1)
    expect(ended).to.equal(1)
  })

  it('records its start before the first call, and the conversation of the first call once', async () => {
    const order: string[] = []
    const {opened, open} = aGate()
    const serving = {
      onStart: async () => {
        await opened
        order.push('start')
      },
      onFirstCall: async () => {
        await delay(1)
        order.push('first call')
      },
      onConversation: async (threadId: string) => void order.push(threadId),
    }
    const read = aCommand('read', 'read', async () => {
      order.push('read')
      return {}
    })
    const server = await aServer({commands: [read], serving})
    server.start()
    const calls = ['thread-1', 'thread-2'].map(threadId => call(server, 'read', {}, {threadId}))
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    open()
    await Promise.all(calls)
    expect(order.toSorted()).to.deep.equal(['first call', 'read', 'read', 'start', 'thread-1'])
    expect(order.filter(what => what !== 'thread-1').slice(0, 2)).to.deep.equal(['start', 'first call'])
    expect(order[0]).to.equal('start')
  })

  it('serves although its records cannot be kept', async () => {
    const lines: string[] = []
    const fail = async () => {
      throw new Error('no board')
    }
    const serving = {onStart: fail, onFirstCall: fail, onConversation: fail, onEnd: fail}
    const server = await aServer({
      commands: [aCommand('read', 'read', nothing)],
      serving,
      log: line => lines.push(line),
    })
    server.start()
    expect((await call(server, 'read', {}, {threadId: 'thread-1'})).isError).to.equal(undefined)
    await server.end(1000)
    expect(lines).to.deep.equal([
      'could not record the start: Error: no board',
      'could not record the first call: Error: no board',
      'could not record the conversation: Error: no board',
      'could not record the end: Error: no board',
    ])
  })

  it('takes no conversation that is no plain id', async () => {
    const seen: string[] = []
    const serving = {onConversation: async (threadId: string) => void seen.push(threadId)}
    const server = await aServer({commands: [aCommand('read', 'read', nothing)], serving})
    for (const threadId of ['../../x', '', 'a\nb', 'x'.repeat(129), 7, null]) await call(server, 'read', {}, {threadId})
    await server.end(1000)
    expect(seen).to.deep.equal([])
  })
})

describe('the commands that are tools', () => {
  it('are those that say so, each once whatever its aliases', async () => {
    const tools = await loadTools(await Config.load(FIXTURE))
    expect(tools.map(({name}) => name)).to.have.members(['echo', 'misbehave', 'slow_write'])
  })
})
