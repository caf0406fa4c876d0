import type {Writable} from 'node:stream'

import {Server} from '@modelcontextprotocol/sdk/server/index.js'
import {StdioServerTransport} from '@modelcontextprotocol/sdk/server/stdio.js'
import type {Transport} from '@modelcontextprotocol/sdk/shared/transport.js'
import {ErrorCode, McpError} from '@modelcontextprotocol/sdk/types.js'

import type {ToolServer} from './server.ts'
import {blockExit, logLine, takeStdout} from './stdio.ts'

export interface About {
  version: string
  instructions: string
  log: (line: string) => void
}

export interface Connection {
  /** Resolves when the transport was closed, by whichever side. */
  closed: Promise<void>
  close(): Promise<void>
}

/** For answers to forms, of which we send none; without it the SDK loads one of its own. */
const noForms = {
  getValidator(): never {
    throw new McpError(ErrorCode.InternalError, 'No form was sent.')
  },
}

const MAX_LINE_BYTES = 1024 * 1024
const LAST_WORK_MS = 2000
const STRAGGLERS_MS = 100
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Speaks the protocol for a tool server: list, call, nothing else. */
export async function connect(tools: ToolServer, about: About, transport: Transport): Promise<Connection> {
  const {version, instructions, log} = about
  const server = new Server(
    {name: 'codex-planner', version},
    {capabilities: {tools: {}}, instructions, jsonSchemaValidator: noForms},
  )
  // A handler set by schema would answer a malformed call as a fault of ours, with the whole dump of the schema check.
  server.fallbackRequestHandler = async ({method, params}, {signal}) => {
    if (method === 'tools/list') return {tools: tools.list()}
    if (method === 'tools/call') return {...(await tools.call(params, signal))}
    throw new McpError(ErrorCode.MethodNotFound, 'Method not found')
  }
  const closed = new Promise<void>(resolve => {
    Object.assign(server, {
      onerror: (error: Error) => log(isNoMessage(error) ? 'ignored a line that is no JSON-RPC message' : error.message),
      onclose: resolve,
    })
  })
  await server.connect(transport)
  tools.start()
  return {closed, close: () => server.close()}
}

/** Serves on standard input and output until the client is gone or the process is told to end. The exit code is this function's. */
export async function serveStdio(tools: ToolServer, about: Omit<About, 'log'>): Promise<void> {
  const stdout = takeStdout()
  const exit = blockExit()
  const onFault = (error: unknown): void => logLine(`a fault outside of any call: ${String(error)}`)
  process.on('uncaughtException', onFault).on('unhandledRejection', onFault)

  const transport = new StdioServerTransport(process.stdin, stdout, {maxBufferSize: MAX_LINE_BYTES})
  const connection = await connect(tools, {...about, log: logLine}, transport)
  const reason = await Promise.race([connection.closed.then(() => 'refused' as const), clientGone(stdout), told()])
  if (reason === 'refused') logLine(`an input line is longer than ${MAX_LINE_BYTES} bytes; the server ends`)

  await tools.end(LAST_WORK_MS)
  await connection.close()
  process.exit = exit
  process.exitCode = reason === 'refused' ? 1 : 0
  // Work that outlived its time must not keep the process.
  setTimeout(() => exit(), STRAGGLERS_MS).unref()
}

function clientGone(stdout: Writable): Promise<'gone'> {
  return new Promise(resolve => {
    process.stdin.once('end', () => resolve('gone')).once('close', () => resolve('gone'))
    stdout.on('error', () => resolve('gone'))
  })
}

function told(): Promise<'told'> {
  return new Promise(resolve => {
    // Listeners that stay: what runs programs for us ends this process by the signal when no other listener is left.
    for (const signal of SIGNALS) process.on(signal, () => resolve('told'))
  })
}

function isNoMessage(error: Error): boolean {
  return error instanceof SyntaxError || error.name === 'ZodError' || error.name === '$ZodError'
}
