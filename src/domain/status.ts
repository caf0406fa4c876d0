import type {TerminalState} from '@codex-planner/plugin-api'

import {jsonIn} from './json.ts'
import type {Session} from './session.ts'

/** What is known, how, and since when; an age is the age of the evidence. */
export interface Fact<Value extends string> {
  value: Value
  source: string
  /** ISO 8601 in UTC; null when the evidence has no time. */
  at: string | null
}

export type ProcessValue = 'alive' | 'gone' | 'unknown'
export type TurnValue = 'working' | 'idle' | 'unknown'

/** One process, told apart from any other that ever had its number. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot at which it started; null where the system does not tell. */
  started: number | null
  boot: string | null
  /** The pid namespace its number belongs to. */
  pidns: string | null
}

/** What the machine says when asked for a process's number. */
export interface ProcessProbe {
  boot: string | null
  pidns: string | null
  /** `present` holds the start of whatever has that number now; zombies are absent. */
  found: {present: true; started: number | null} | {present: false}
}

/** Whether that very process runs. Another namespace's numbers say nothing. */
export function processState(identity: ProcessIdentity, probe: ProcessProbe): ProcessValue {
  if (identity.boot === null || probe.boot === null) return 'unknown'
  if (identity.boot !== probe.boot) return 'gone'
  if (identity.pidns === null || identity.pidns !== probe.pidns) return 'unknown'
  if (!probe.found.present) return 'gone'
  if (identity.started === null || probe.found.started === null) return 'unknown'
  return identity.started === probe.found.started ? 'alive' : 'gone'
}

export interface SessionEvidence {
  hello: ProcessIdentity | undefined
  exit: {at: string} | undefined
  script: ProcessValue
  /** Its script belongs to the repository that this one was copied from. */
  foreign: boolean
  /** The machine has started anew since the hello. */
  rebooted: boolean
  terminal: TerminalState
  /** Something that this start began still runs although its script is gone. */
  survivors: boolean
  now: string
}

export const OF_THE_ORIGINAL = 'it belongs to the repository that this one was copied from'

/**
 * The process of a session. The start script is Codex's parent and outlives it, so its exit record or its proven absence from a terminal
 * that is gone too is the proof; everything short of that is `unknown`.
 */
export function processFact(session: Session, evidence: SessionEvidence): Fact<ProcessValue> {
  if (evidence.exit) return {value: 'gone', source: 'exit record', at: evidence.exit.at}
  const at = evidence.now
  if (!evidence.hello) {
    if (session.exit !== null) return {value: 'gone', source: 'board', at: session.exit.at}
    if (evidence.terminal === 'gone' && session.terminal !== null) return {value: 'gone', source: 'terminal', at}
    return {value: 'unknown', source: evidence.terminal === 'open' ? 'terminal without a hello' : 'no hello', at}
  }
  if (evidence.script === 'alive') {
    if (evidence.foreign) return {value: 'unknown', source: OF_THE_ORIGINAL, at}
    return {value: 'alive', source: 'process', at}
  }
  if (session.exit !== null) return {value: 'gone', source: 'board', at: session.exit.at}
  if (evidence.survivors) return {value: 'unknown', source: 'a process that outlived its terminal', at}
  if (evidence.rebooted) return {value: 'gone', source: 'boot', at}
  if (evidence.script === 'gone' && evidence.terminal === 'gone')
    return {value: 'gone', source: 'process and terminal', at}
  return {value: 'unknown', source: evidence.script === 'gone' ? 'terminal without its process' : 'process', at}
}

/** The last thing the conversation's record says about its turn; null where there is no record. */
export interface TurnRecord {
  value: 'working' | 'idle'
  at: string
}

export function turnFact(process: ProcessValue, recorded: TurnRecord | null): Fact<TurnValue> {
  if (process === 'gone') return {value: 'idle', source: 'process', at: null}
  if (recorded === null) return {value: 'unknown', source: 'no record of the conversation', at: null}
  return {value: recorded.value, source: 'conversation', at: recorded.at}
}

/** Reads the end of a conversation's record: JSON lines, the newest last; a torn or foreign line says nothing. */
export function turnRecord(lines: readonly string[]): TurnRecord | null {
  for (const line of lines.toReversed()) {
    const event = turnEvent(line)
    if (event) return event
  }
  return null
}

const TURN_EVENTS = new Map<unknown, TurnRecord['value']>([
  ['task_started', 'working'],
  ['task_complete', 'idle'],
  ['turn_aborted', 'idle'],
])

function turnEvent(line: string): TurnRecord | undefined {
  if (!line.includes('"event_msg"')) return undefined
  const entry = jsonIn(line) as {timestamp?: unknown; type?: unknown; payload?: {type?: unknown}} | null | undefined
  const value = entry?.type === 'event_msg' ? TURN_EVENTS.get(entry.payload?.type) : undefined
  return value && typeof entry?.timestamp === 'string' ? {value, at: entry.timestamp} : undefined
}

/** A conversation's last assistant message, from the same record. */
export function lastMessage(lines: readonly string[]): string | null {
  for (const line of lines.toReversed()) {
    if (!line.includes('"task_complete"')) continue
    const event = turnEvent(line)
    if (!event) continue
    const message = (JSON.parse(line) as {payload?: {last_agent_message?: unknown}}).payload?.last_agent_message
    return typeof message === 'string' ? message : null
  }
  return null
}

/** Counted by Codex over a whole conversation. */
export interface TokenUse {
  input: number
  cached_input: number
  output: number
  total: number
}

export function tokenUse(lines: readonly string[]): TokenUse | null {
  for (const line of lines.toReversed()) {
    if (!line.includes('"token_count"')) continue
    const use = totalUse(line)
    if (use) return use
  }
  return null
}

function totalUse(line: string): TokenUse | undefined {
  type Entry = {payload?: {type?: unknown; info?: {total_token_usage?: Record<string, unknown>} | null}}
  const entry = jsonIn(line) as Entry | null | undefined
  const usage = entry?.payload?.type === 'token_count' ? entry.payload.info?.total_token_usage : undefined
  if (!usage) return undefined
  const count = (name: string) => (typeof usage[name] === 'number' ? usage[name] : 0)
  return {
    input: count('input_tokens'),
    cached_input: count('cached_input_tokens'),
    output: count('output_tokens'),
    total: count('total_tokens'),
  }
}
