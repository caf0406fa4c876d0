import {randomBytes} from 'node:crypto'
import {EventEmitter, once} from 'node:events'
import {appendFileSync} from 'node:fs'
import type {Server, ServerResponse} from 'node:http'
import {setTimeout as sleep} from 'node:timers/promises'
import type {ModelRequest} from './request.ts'
import {message, type ResponseItem, responseItems} from './respond.ts'
import {isAnswer, readScript, type Script, type Step} from './script.ts'
import {ScriptProblem} from './script-problem.ts'
import {type Place, ScriptRun} from './script-run.ts'
import {openStream, sendJson} from './send.ts'

/** A request as it came, with what the script made of it. */
export interface RecordedRequest extends ModelRequest, Partial<Place> {
  /** Counts from 1. */
  n: number
  /** Missing when the script had nothing to say. */
  step?: Step
}

export interface ScriptedModelOptions {
  script: Script
  /** A file that gets a line of JSON for each request and each problem. */
  log?: string
  /** How long a gate or a hanging answer may last. */
  holdLimitMs?: number
}

export class ScriptedModel {
  readonly port: number
  readonly baseUrl: string
  readonly requests: RecordedRequest[] = []
  /** Where script and reality did not fit: a missing step or tool, a placeholder that found nothing. */
  readonly problems: string[] = []
  readonly #server: Server
  readonly #options: ScriptedModelOptions
  readonly #signs = new EventEmitter().setMaxListeners(0)
  readonly #openGates = new Set<string>()
  // A session may outlive this model and go on with another: no two answers may share an id.
  readonly #tag = randomBytes(4).toString('hex')
  #script: Script
  #run: ScriptRun

  constructor(server: Server, port: number, options: ScriptedModelOptions) {
    this.port = port
    this.baseUrl = `http://127.0.0.1:${port}/v1`
    this.#server = server
    this.#options = options
    this.#script = readScript(options.script)
    this.#run = new ScriptRun(this.#script)
  }

  /** Lets go every answer that waits, or will wait, at this gate. */
  release(gate: string): void {
    this.#openGates.add(gate)
    this.#signs.emit(`gate ${gate}`)
  }

  /** Starts over with another script: every session is at its first turn again and every gate is closed. */
  setScript(script: Script): void {
    this.#script = readScript(script)
    this.#run = new ScriptRun(this.#script)
    this.#openGates.clear()
  }

  /** The first request that fits, made already or still to come. */
  async waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest> {
    const signal = AbortSignal.timeout(timeoutMs)
    for (;;) {
      const found = this.requests.find(predicate)
      if (found) return found
      await once(this.#signs, 'request', {signal}).catch((cause: unknown) => {
        if (!signal.aborted) throw cause
        throw new Error([`No such request came in ${timeoutMs} ms.`, ...this.#story()].join('\n'), {cause})
      })
    }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  async respond(request: ModelRequest, response: ServerResponse): Promise<void> {
    const record: RecordedRequest = {...request, ...this.#run.place(request), n: this.requests.length + 1}
    const items = this.#items(record)
    this.requests.push(record)
    this.#note(summary(record))
    this.#signs.emit('request')
    await this.#deliver(record, items, response)
  }

  report(problem: string): void {
    this.problems.push(problem)
    this.#note({problem})
  }

  #items(record: RecordedRequest): ResponseItem[] {
    const tag = `${this.#tag}_${record.n}`
    try {
      record.step = this.#run.next(record)
      return isAnswer(record.step) ? responseItems(record.step, record, tag) : []
    } catch (error) {
      if (!(error instanceof ScriptProblem)) throw error
      this.report(`${label(record)}: ${error.message}`)
      return [message(`Scripted model: ${error.message}`, tag)]
    }
  }

  async #deliver({n, step}: RecordedRequest, items: ResponseItem[], response: ServerResponse): Promise<void> {
    const signal = this.#untilClosed(n, response)
    if (step?.gate !== undefined && !this.#openGates.has(step.gate)) {
      await once(this.#signs, `gate ${step.gate}`, {signal})
    }
    if (step?.delayMs !== undefined) await sleep(step.delayMs, undefined, {signal})
    if (step && 'httpError' in step) {
      sendJson(response, step.httpError.status, step.httpError.body ?? {error: {message: 'scripted error'}})
      return
    }
    const stream = openStream(response, `resp_${this.#tag}_${n}`)
    if (step && 'hang' in step) return
    if (step && 'drop' in step) response.destroy()
    else if (step && 'fail' in step) stream.fail(step.fail)
    else stream.answer(items, {...this.#script.usage, ...step?.usage})
  }

  // Ends what waits for a client that is gone, and lets no client wait for ever.
  #untilClosed(n: number, response: ServerResponse): AbortSignal {
    const closed = new AbortController()
    const limit = this.#options.holdLimitMs ?? 300_000
    const timer = setTimeout(() => {
      this.report(`request ${n}: not answered within ${limit} ms`)
      response.destroy()
    }, limit)
    response.once('close', () => {
      clearTimeout(timer)
      closed.abort()
    })
    return closed.signal
  }

  #note(entry: object): void {
    const {log} = this.#options
    if (log !== undefined) appendFileSync(log, `${JSON.stringify({at: new Date().toISOString(), ...entry})}\n`)
  }

  #story(): string[] {
    const asked = this.requests.map(record => `${label(record)}: ${JSON.stringify(record.step)} to: ${record.user}`)
    return [...asked, ...this.problems]
  }
}

/** What a person wants to know about a request, without the whole conversation that came with it. */
export function summary({
  n,
  thread,
  kind,
  trigger,
  model,
  rule,
  turn,
  cwd,
  user,
  outputs,
  step,
}: RecordedRequest): object {
  return {n, thread, kind, trigger, model, rule, turn, cwd, user, lastOutput: outputs.at(-1)?.text, step}
}

function label({n, kind, rule, turn}: RecordedRequest): string {
  return `request ${n} (${rule === undefined ? kind : `rule ${rule}, turn ${turn ?? 'none'}`})`
}
