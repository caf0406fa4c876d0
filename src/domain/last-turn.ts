import {jsonIn} from './json.ts'

/** The last turn of a conversation, as its record tells it. */
export interface LastTurn {
  began_at: string | null
  /** A message that lay in Codex's queue began it. */
  queued: boolean
  /** Null while it goes on. */
  end: TurnEnd | null
  /** Asked with a question tool of Codex's own, the oldest first, as data. */
  questions: Question[]
  /** When anything was recorded last. */
  last_at: string | null
}

export interface TurnEnd {
  at: string
  how: 'complete' | 'interrupted' | 'failed'
  /** What the model said last, or what Codex says of the error, as data. */
  words: string | null
  /** What Codex calls the error, such as `usage_limit_exceeded`; null when there was none or it has no name. */
  error: string | null
  /** The HTTP status of an answer that ended the turn. */
  status: number | null
}

export interface Question {
  text: string
  /** Codex itself waits for the answer inside the turn; otherwise the turn goes on without one. */
  waits: boolean
}

/** JSON lines, the newest last; a torn or foreign line says nothing. */
export function lastTurn(lines: readonly string[]): LastTurn {
  const turn: LastTurn = {began_at: null, queued: false, end: null, questions: [], last_at: null}
  const answered = new Set<unknown>()
  for (const line of lines.toReversed()) {
    if (turn.last_at !== null && !SAYS_SOMETHING.test(line)) continue
    const entry = entryOf(line)
    if (!entry) continue
    turn.last_at ??= entry.timestamp
    const {payload} = entry
    if (entry.type === 'event_msg' && payload['type'] === 'task_started')
      return {...turn, began_at: entry.timestamp, queued: isQueued(payload)}
    if (entry.type === 'event_msg') turn.end ??= endOf(entry.timestamp, payload)
    if (entry.type !== 'response_item') continue
    if (payload['type'] === 'function_call_output' && !wasRefused(payload)) answered.add(payload['call_id'])
    const question = questionOf(payload, answered)
    if (question) turn.questions.unshift(question)
  }
  return turn
}

/** The lines up to the end of one turn; undefined when the record does not have that end yet. */
export function upToTurn(lines: readonly string[], turn: string): string[] | undefined {
  const index = lines.findLastIndex(line => line.includes('"task_complete"') && line.includes(JSON.stringify(turn)))
  return index === -1 ? undefined : lines.slice(0, index + 1)
}

/** Whether a line can be one that the last turn is told from, apart from when anything was recorded last. */
export function tellsOfTurn(line: string): boolean {
  return SAYS_SOMETHING.test(line)
}

const SAYS_SOMETHING = /"(?:task_started|task_complete|turn_aborted|function_call|function_call_output)"/

type Payload = Readonly<Record<string, unknown>>

function entryOf(line: string): {timestamp: string; type: unknown; payload: Payload} | undefined {
  const entry = recordIn(line)
  const {timestamp, type, payload} = entry ?? {}
  if (typeof timestamp !== 'string' || Number.isNaN(Date.parse(timestamp))) return undefined
  return {timestamp, type, payload: isRecord(payload) ? payload : {}}
}

function isQueued({turn_attribution: by}: Payload): boolean {
  return isRecord(by) && by['turn_trigger'] === 'queue'
}

function endOf(at: string, payload: Payload): TurnEnd | null {
  if (payload['type'] === 'turn_aborted') return {at, how: 'interrupted', words: null, error: null, status: null}
  if (payload['type'] !== 'task_complete') return null
  const {error, last_agent_message: said} = payload
  if (!isRecord(error)) return {at, how: 'complete', words: textOf(said), error: null, status: null}
  return {at, how: 'failed', words: textOf(error['message']), ...nameOf(error['codex_error_info'])}
}

/** Either a name, or one key whose value tells more. */
function nameOf(info: unknown): Pick<TurnEnd, 'error' | 'status'> {
  if (!isRecord(info)) return {error: textOf(info), status: null}
  const [name, more] = Object.entries(info)[0] ?? []
  const status = isRecord(more) ? more['http_status_code'] : null
  return {error: name ?? null, status: typeof status === 'number' ? status : null}
}

const REFUSED = /\bis unavailable\b/

/** Outside of Codex's plan mode the tool answers at once that it cannot be used. */
function wasRefused({output}: Payload): boolean {
  return typeof output === 'string' && REFUSED.test(output)
}

function questionOf(payload: Payload, answered: ReadonlySet<unknown>): Question | undefined {
  if (payload['type'] !== 'function_call') return undefined
  const waits = payload['name'] === 'request_user_input'
  if (!waits && payload['name'] !== 'request_user_input_async') return undefined
  if (waits && answered.has(payload['call_id'])) return undefined
  return {text: wording(payload['arguments']), waits}
}

function wording(args: unknown): string {
  const questions = recordIn(textOf(args) ?? '')?.['questions']
  if (!Array.isArray(questions)) return ''
  return questions.filter(isRecord).map(oneQuestion).join(' ')
}

function oneQuestion({title, question, options}: Payload): string {
  const choices = Array.isArray(options) ? options.flatMap(option => choice(option)) : []
  const text = textOf(question) ?? textOf(title) ?? ''
  return choices.length === 0 ? text : `${text} (${choices.join(' / ')})`
}

function choice(option: unknown): string[] {
  const text = isRecord(option) ? textOf(option['label']) : textOf(option)
  return text === null ? [] : [text]
}

function recordIn(text: string): Payload | undefined {
  const value = jsonIn(text)
  return isRecord(value) ? value : undefined
}

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
