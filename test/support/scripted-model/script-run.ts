import type {ModelRequest} from './request.ts'
import {NOT_OFFERED} from './respond.ts'
import {type Match, matches, type Rule, type Script, type Step} from './script.ts'
import {ScriptProblem} from './script-problem.ts'

/** Which rule a request fell under, and which of its turns; no turn when none was left. */
export interface Place {
  rule: string
  turn?: number
}

interface Thread {
  rule: Rule
  started: Set<number>
  turnId?: string
  place: Place
  steps: Step[]
  /** The step that was taken last, when it called a tool. */
  called?: Step
  seenOutputs: number
}

/** One script being played, with the place of every Codex session in it. */
export class ScriptRun {
  readonly #script: Script
  readonly #threads = new Map<string, Thread>()

  constructor(script: Script) {
    this.#script = script
  }

  /** The place of a request in the script. The first request of a turn starts that turn. */
  place(request: ModelRequest): Place | undefined {
    return request.kind === 'turn' ? this.#thread(request).place : undefined
  }

  /** Takes the next step of a request's turn. */
  next(request: ModelRequest): Step {
    if (request.kind !== 'turn') return this.#aside(request.kind)
    const thread = this.#thread(request)
    const news = request.outputs.slice(thread.seenOutputs)
    thread.seenOutputs = request.outputs.length
    // Codex gives an answer up when a message reaches the turn meanwhile, and asks again with that message.
    if (thread.called && news.length === 0) return thread.called
    const step = thread.steps.shift() ?? this.#script.fallback
    thread.called = step && callsTool(step) ? step : undefined
    const missing = news.find(({text}) => text.startsWith(NOT_OFFERED))
    if (missing) throw new ScriptProblem(missing.text)
    if (step) return step
    if (thread.place.turn === undefined) throw new ScriptProblem(`no turn is left for: ${request.user}`)
    throw new ScriptProblem('no step is left')
  }

  #aside(kind: string): Step {
    const step = this.#script.other?.[kind]
    if (step) return step
    if (kind === 'title') return {text: '{"title":"Scripted title"}'}
    throw new ScriptProblem(`nothing is scripted for a request of the kind ${kind}`)
  }

  #thread(request: ModelRequest): Thread {
    const thread = this.#threads.get(request.thread) ?? this.#newThread(request)
    if (thread.turnId === request.turnId) return thread
    const turn = thread.rule.turns.findIndex(
      ({when, repeat}, index) => (repeat || !thread.started.has(index)) && matches(when, request.user),
    )
    thread.turnId = request.turnId
    thread.called = undefined
    thread.started.add(turn)
    thread.steps = [...(thread.rule.turns[turn]?.steps ?? [])]
    thread.place = {rule: thread.rule.name, turn: turn === -1 ? undefined : turn}
    return thread
  }

  #newThread(request: ModelRequest): Thread {
    const {rules = [], turns = []} = this.#script
    const rule = rules.find(({match}) => fits(match, request)) ?? {name: 'default', turns}
    const thread = {rule, started: new Set<number>(), place: {rule: rule.name}, steps: [], seenOutputs: 0}
    this.#threads.set(request.thread, thread)
    return thread
  }
}

function callsTool(step: Step): boolean {
  return ['mcp', 'shell', 'tool', 'js', 'custom', 'parallel'].some(kind => kind in step)
}

function fits({prompt, cwd, model, any}: Match = {}, request: ModelRequest): boolean {
  return (
    matches(prompt, request.prompt) &&
    matches(cwd, request.cwd) &&
    matches(model, request.model) &&
    matches(any, JSON.stringify(request.body.input))
  )
}
