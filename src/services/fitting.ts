import type {Session} from '../domain/session.ts'
import type {Task} from '../domain/task.ts'
import {cutForJson, jsonBytes} from '../domain/text.ts'
import {fittingTask} from './tasks.ts'

/** What the words about a session may take where it is not what was asked for. */
const ATTENTION_BYTES = 300

/** A session beside others, or beside its task: the words about it are cut, and show_session has more of them. */
export function briefSession<Shown extends Session>(session: Shown): Shown {
  return session.attention === null ? session : {...session, attention: cutForJson(session.attention, ATTENTION_BYTES)}
}

/** What a command answers about one task. */
interface AboutTask {
  task: Task | null
  session?: Session
}

/** An answer whose words about the session are cut and whose longest task texts are left out, so that the whole of it fits. */
export function fittingAnswer<Answer extends AboutTask>(answer: Answer, maxBytes: number | null): Answer {
  if (maxBytes === null) return answer
  const {session, task} = answer
  const brief = Object.assign({}, answer, session && {session: briefSession(session)})
  const room = maxBytes - jsonBytes({...brief, task: null})
  return Object.assign(brief, {task: task && fittingTask(task, room)})
}

interface WithPaths extends AboutTask {
  uncommitted: string[]
  warnings: string[]
}

/** Room for the sentence that counts what is left out. */
const SENTENCE_BYTES = 120

/** The same for a hand-back: its paths take what the task leaves, a quarter at least, and a warning counts the rest. */
export function fittingHandBack<Answer extends WithPaths>(answer: Answer, maxBytes: number | null): Answer {
  if (maxBytes === null) return answer
  const {uncommitted, warnings} = answer
  const spare = maxBytes - jsonBytes({...answer, uncommitted: []}) - SENTENCE_BYTES
  const shown = firstThatFit(uncommitted, Math.max(spare, maxBytes / 4))
  const left = uncommitted.length - shown.length
  const sentence = `${left} more path(s) are not committed; git status in the worktree names them all.`
  return fittingAnswer(
    Object.assign({}, answer, {uncommitted: shown, warnings: left === 0 ? warnings : [...warnings, sentence]}),
    maxBytes,
  )
}

function firstThatFit(items: readonly string[], bytes: number): string[] {
  let left = bytes
  const over = items.findIndex(item => {
    left -= jsonBytes(item) + 1
    return left < 0
  })
  return over < 0 ? [...items] : items.slice(0, over)
}
