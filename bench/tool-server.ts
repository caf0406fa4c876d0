import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {createInterface} from 'node:readline'
import type {Readable, Writable} from 'node:stream'

import type {Place} from './timing.ts'

const LONGEST_ANSWER_MS = 120_000

interface Answer {
  id?: number
  result?: Result
  error?: unknown
}

export interface Result {
  isError?: boolean
  tools?: unknown[]
  structuredContent?: {error?: {code: string}}
}

/** A tool server that is spoken to line by line, as Codex does it: nothing of a client is in the times but the pipe. */
export class ToolServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #last = 0

  constructor([file = '', ...args]: readonly string[], place: Place) {
    this.#child = spawn(file, args, {...place, stdio: ['pipe', 'pipe', 'ignore']})
    this.#child.stdin.on('error', () => undefined)
    createInterface({input: this.#child.stdout}).on('line', line => {
      const answer = JSON.parse(line) as Answer
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer)
    })
  }

  /** Until it has told its tools. */
  async open(): Promise<void> {
    await this.#request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: {name: 'bench', version: '1'},
    })
    this.#send({method: 'notifications/initialized'})
    const {tools = []} = await this.#request('tools/list', {})
    if (tools.length === 0) throw new Error('The tool server has no tools.')
  }

  /** A refusal is an answer, too. */
  ask(name: string, input: Record<string, unknown>): Promise<Result> {
    return this.#request('tools/call', {name, arguments: input})
  }

  /** @throws Error if the tool refuses */
  async call(name: string, input: Record<string, unknown>): Promise<void> {
    const result = await this.ask(name, input)
    if (result.isError) throw new Error(`${name}: ${JSON.stringify(result)}`)
  }

  /** How many milliseconds that takes. @throws Error if the tool refuses */
  async time(name: string, input: Record<string, unknown>): Promise<number> {
    const begun = performance.now()
    await this.call(name, input)
    return performance.now() - begun
  }

  /** What it has in memory now, in MB of 1 000 000 bytes; pages that it shares with others count. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6
  }

  async close(): Promise<void> {
    const end = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : undefined
    this.#child.stdin.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await end
    clearTimeout(late)
  }

  async #request(method: string, params: object): Promise<Result> {
    const id = (this.#last += 1)
    const {promise, resolve, reject} = Promise.withResolvers<Answer>()
    const ended = () => reject(new Error(`The tool server ended during ${method}.`))
    const late = setTimeout(() => reject(new Error(`No answer to ${method}.`)), LONGEST_ANSWER_MS)
    this.#child.once('exit', ended).once('error', reject)
    this.#waiting.set(id, resolve)
    this.#send({id, method, params})
    try {
      const {result, error} = await promise
      if (!result) throw new Error(`${method}: ${JSON.stringify(error)}`)
      return result
    } finally {
      clearTimeout(late)
      this.#waiting.delete(id)
      this.#child.off('exit', ended).off('error', reject)
    }
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({jsonrpc: '2.0', ...message})}\n`)
  }
}

/** From the start of a server until it has told its tools, in milliseconds, and what it has in memory then, in MB. */
export async function untilTools(argv: readonly string[], place: Place): Promise<{time: number; memory: number}> {
  const begun = performance.now()
  const server = new ToolServer(argv, place)
  try {
    await server.open()
    return {time: performance.now() - begun, memory: server.memory()}
  } finally {
    await server.close()
  }
}
