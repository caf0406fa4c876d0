import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {once} from 'node:events'
import type {Readable, Writable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

const PATIENCE_MS = 30_000

export interface RpcMessage {
  jsonrpc: '2.0'
  id?: number | string
  result?: RpcResult
  error?: {code: number; message: string}
  method?: string
}

export interface RpcResult {
  isError?: true
  structuredContent: Record<string, unknown> & {
    error: {code: string; message: string; suggestions: string[]; retryable: boolean}
  }
  tools: {name: string; inputSchema: {properties: Record<string, {type: string}>; required?: string[]}}[]
}

/** A server as a child process, spoken to byte by byte: the only way to test what frames the messages. */
export class RawServer {
  /** Every line that came out, parsed or not. */
  readonly lines: string[] = []
  stderr = ''
  readonly #messages: RpcMessage[] = []
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #exit: Promise<number | string>
  #rest = ''
  #nextId = 1000

  constructor(command: readonly string[], {cwd, env = {}}: {cwd: string; env?: NodeJS.ProcessEnv}) {
    const [program = process.execPath, ...args] = command
    const {PATH, HOME} = process.env
    this.#child = spawn(program, args, {cwd, env: {PATH, HOME, ...env}, stdio: ['pipe', 'pipe', 'pipe']})
    // A server that refuses its input closes it while we still write.
    this.#child.stdin.on('error', () => undefined)
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#exit = once(this.#child, 'close').then(() => this.#child.exitCode ?? String(this.#child.signalCode))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get messages(): RpcMessage[] {
    for (const line of this.lines.slice(this.#messages.length)) this.#messages.push(JSON.parse(line))
    return this.#messages
  }

  write(bytes: string | Buffer): void {
    this.#child.stdin.write(bytes)
  }

  send(message: unknown): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  /** Sends a request and waits for the answer to it. */
  async request(method: string, params?: unknown, id: number | string = this.#nextId++): Promise<RpcMessage> {
    this.send({jsonrpc: '2.0', id, method, params})
    return this.answer(id)
  }

  async call(name: unknown, input?: unknown, meta?: unknown): Promise<RpcMessage> {
    return this.request('tools/call', {name, arguments: input, _meta: meta})
  }

  async initialize(name = 'test'): Promise<RpcMessage> {
    return this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: {name, version: '1'},
    })
  }

  async answer(id: number | string): Promise<RpcMessage> {
    return this.until(
      () => this.messages.find(message => message.id === id && message.method === undefined),
      `no answer to ${id}`,
    )
  }

  async until<Value>(look: () => Value | undefined | Promise<Value | undefined>, otherwise: string): Promise<Value> {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null
      if (isOver || Date.now() > end) throw new Error(`${otherwise}; standard error: ${this.stderr.slice(-2000)}`)
      await sleep(5)
    }
  }

  endInput(): void {
    this.#child.stdin.end()
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** How it ended: its exit code, or the signal. */
  async exit(): Promise<number | string> {
    const late = new AbortController()
    const bound = sleep(PATIENCE_MS, undefined, {signal: late.signal}).then(
      () => {
        throw new Error(`it still runs; standard error: ${this.stderr.slice(-2000)}`)
      },
      () => 'not awaited',
    )
    const how = await Promise.race([this.#exit, bound])
    late.abort()
    return how
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#exit
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    this.lines.push(...lines)
  }
}
