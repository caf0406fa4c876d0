import {existsSync} from 'node:fs'
import path from 'node:path'

import {expect} from 'chai'

import {type ErrorCode, PlannerError} from '../../../src/domain/errors.ts'
import {putOnBoard} from '../../commands/boards.ts'
import {type Machine, makeMachine, program, runProgram, wholeTree} from '../../commands/machine.ts'
import {RawServer, type RpcMessage, type RpcResult} from '../../support/raw-stdio.ts'

/** What no answer of a server, and no line of its standard error, may ever repeat. */
export const SECRETS = [
  'sk-proj-4242424242424242424242424242424242424242',
  'ghp_4242424242424242424242424242424242424242',
  '-----BEGIN OPENSSH PRIVATE KEY-----',
]

/** What a tool's answer takes at most, and a whole line of the protocol. */
const MOST_BYTES = 8192
const LONGEST_LINE = 32 * 1024

export type Failure = RpcResult['structuredContent']['error']
/** `open` is a planner's server without `--repo-path`, as a person registers it. */
export type Who = 'planner' | 'worker' | 'observer' | 'open'

/** A throw-away machine with repositories, a team on a board, and one tool server for each role. */
export interface Stage {
  machine: Machine
  /** The repository that the servers are for, with TASK-001 to TASK-003 and their sessions. */
  root: string
  /** Another repository with a board. */
  other: string
  servers: Record<Who, RawServer>
  start: (options: readonly string[], given?: {cwd?: string; env?: NodeJS.ProcessEnv}) => RawServer
  /** A new repository with a board, for the `open` server. */
  project: (name: string) => Promise<string>
  /** The error of a call that is refused. */
  refused: (who: Who, tool: string, input?: unknown, meta?: unknown) => Promise<Failure>
  /** The errors of calls that are refused, one after the other, and change nothing anywhere on the machine. */
  refusedAll: (calls: readonly (readonly [who: Who, tool: string, input?: unknown])[]) => Promise<Failure[]>
  /** The answer of a call that is carried out. */
  answered: <Answer = Record<string, unknown>>(who: Who, tool: string, input?: unknown) => Promise<Answer>
  /** Does something that must leave no trace on the machine. */
  untouched: <Result>(work: () => Promise<Result>) => Promise<Result>
  close: () => Promise<void>
}

export async function makeStage(): Promise<Stage> {
  const machine = await makeMachine()
  machine.env.OPENAI_API_KEY = SECRETS[0]
  // Without git's samples of hooks there is less to compare.
  machine.env.GIT_TEMPLATE_DIR = ''
  const [root, other] = [await machine.repository('repo'), await machine.repository('other')]
  await machine.repository('repo-evil')
  for (const cwd of [root, other]) await machine.json(['init'], {cwd})
  await putOnBoard(root, {
    tasks: [{status: 'in_progress', description: SECRETS.join('\n')}, {status: 'needs_input'}, {}],
    sessions: ['planner', 'worker-task-001', 'worker-task-002'].map(name => ({name, backend: 'gone'})),
  })

  const started: RawServer[] = []
  const start: Stage['start'] = (options, {cwd = root, env = {}} = {}) => {
    const server = new RawServer([process.execPath, program, 'serve-mcp', ...options], {
      cwd,
      env: {...machine.env, ...env},
    })
    started.push(server)
    return server
  }
  const bound = (role: string, session: string) => ['--role', role, '--session', session, '--repo-path', root]
  const servers = {
    planner: start(bound('planner', 'planner')),
    worker: start(bound('worker', 'worker-task-001')),
    observer: start(['--role', 'observer', '--repo-path', root]),
    open: start([], {cwd: machine.folder}),
  }
  await Promise.all(Object.values(servers).map(server => server.initialize()))
  const toolsOf = new Map<RawServer, string[]>()

  const untouched: Stage['untouched'] = async work => {
    const before = await wholeTree(machine.folder)
    const result = await work()
    expect(await wholeTree(machine.folder), 'what is on the machine').to.deep.equal(before)
    return result
  }
  const call = async (server: RawServer, tool: string, input: unknown, meta?: unknown) => {
    const answer = await server.call(tool, input, meta)
    await requireSound(server)
    return answer
  }
  const namesOf = async (server: RawServer) => {
    const names = toolsOf.get(server) ?? (await server.request('tools/list')).result?.tools.map(({name}) => name) ?? []
    toolsOf.set(server, names)
    return names
  }
  const refusal = async (who: Who, tool: string, input: unknown = {}, meta?: unknown) => {
    const names = await namesOf(servers[who])
    const error = failureIn(await call(servers[who], tool, input, meta))
    for (const suggestion of error.suggestions) requireFollowable(suggestion, names)
    return error
  }
  return {
    machine,
    root,
    other,
    servers,
    start,
    project: async name => {
      const folder = await machine.repository(name)
      answerIn(await servers.open.call('init_repo', {repo_path: folder}))
      return folder
    },
    refused: (who, tool, input, meta) => untouched(() => refusal(who, tool, input, meta)),
    refusedAll: calls =>
      untouched(async () => {
        const errors: Failure[] = []
        for (const [who, tool, input] of calls) errors.push(await refusal(who, tool, input))
        return errors
      }),
    answered: async <Answer>(who: Who, tool: string, input: unknown = {}) =>
      answerIn(await call(servers[who], tool, input)) as Answer,
    untouched,
    close: async () => {
      await Promise.all(started.map(server => server.stop()))
      const socket = path.join(machine.home, 'state/codex-orchestrator/plugins/terminal-tmux/tmux.sock')
      if (existsSync(socket)) await runProgram('tmux', ['-S', socket, 'kill-server'], {env: machine.env})
      await machine.close()
    },
  }
}

/** After whatever it was sent: the server answers, in lines of the protocol alone, and tells no secret. */
export async function requireSound(server: RawServer): Promise<void> {
  expect((await server.request('ping')).result, 'the answer to ping').to.deep.equal({})
  for (const message of server.messages.slice(-2)) expect(message).to.have.property('jsonrpc', '2.0')
  for (const line of server.lines.slice(-2)) expect(Buffer.byteLength(line)).to.be.at.most(LONGEST_LINE)
  for (const secret of SECRETS) expect(server.stderr).not.to.contain(secret)
}

/** The error of a call that was refused, with a code of the closed list. */
export function failureIn({result}: RpcMessage): Failure {
  if (result?.isError !== true) throw new Error(`it was not refused: ${JSON.stringify(result).slice(0, 500)}`)
  const {error} = result.structuredContent
  // Only a code of the list has an exit code.
  expect(new PlannerError(error.code as ErrorCode, '').oclif.exit, `${error.code}: ${error.message}`).to.be.a('number')
  expect(error.code, error.message).not.to.equal('INTERNAL')
  expect(error.message).not.to.equal('')
  expect(Buffer.byteLength(JSON.stringify(result.structuredContent))).to.be.at.most(MOST_BYTES)
  return error
}

export function answerIn({result, error}: RpcMessage): Record<string, unknown> {
  if (result === undefined || result.isError === true) {
    throw new Error(`it was refused: ${JSON.stringify(result?.structuredContent ?? error).slice(0, 1000)}`)
  }
  expect(Buffer.byteLength(JSON.stringify(result.structuredContent))).to.be.at.most(MOST_BYTES)
  return result.structuredContent
}

/** A call of a tool that this caller has, or a line for a shell that is none of ours. */
function requireFollowable(suggestion: string, tools: readonly string[]): void {
  const [, tool, input = '{}'] = /^([a-z_]+)(?: (\{.*\}))?$/s.exec(suggestion) ?? []
  if (tool === undefined) expect(suggestion).not.to.match(/^codex-planner /)
  else if (suggestion.includes('_')) {
    expect(tools).to.include(tool)
    expect(JSON.parse(input)).to.be.an('object')
  }
}
