import {setTimeout as delay} from 'node:timers/promises'

import {wokenAfter} from '../domain/change.ts'
import {lastTurn, upToTurn} from '../domain/last-turn.ts'
import {isWorkerReturn} from '../domain/prompts/worker.ts'
import {changeSession, isActive, type Session} from '../domain/session.ts'
import {unheard} from '../domain/trouble.ts'
import {attentionOf} from '../domain/trouble-words.ts'
import {writeConversation} from '../store/runs.ts'
import {ownNotify} from '../system/codex.ts'
import {startDetached} from '../system/detached.ts'
import {endDetached} from './ending.ts'
import {factsOf, recordOf} from './evidence.ts'
import type {Project} from './project.ts'
import {settle} from './settle.ts'
import {refreshDashboard} from './terminals.ts'
import {plannerWasTold, wakePlanner} from './waking.ts'

/** What Codex tells its `notify` program after a turn. */
export interface TurnEnded {
  'thread-id': string
  'turn-id'?: string
  'input-messages'?: string[]
  'last-assistant-message'?: string | null
}

/** Codex names a new conversation by asking the model on a thread of its own; that turn is nobody's. */
const TITLE_REQUEST = 'Generate a concise'

async function sessionOfRun(project: Project, run: string): Promise<Session | undefined> {
  return (await project.board.read()).sessions.find(session => session.run === run)
}

/** The first conversation seen in a start is its conversation, for good. */
export async function learnConversation(project: Project, run: string, conversation: string): Promise<void> {
  const first = await writeConversation(project.paths, run, conversation)
  await project.board.change(board => {
    const session = board.sessions.find(session => session.run === run)
    if (!session || session.codex_session_id !== null) return [board, null]
    return [changeSession(board, run, {codex_session_id: first}), null]
  })
}

/** A turn of a session is over. */
export async function turnEnded(project: Project, run: string, turn: TurnEnded): Promise<void> {
  const input = turn['input-messages'] ?? []
  if (input.some(text => text.startsWith(TITLE_REQUEST))) return
  await learnConversation(project, run, turn['thread-id'])
  const session = await sessionOfRun(project, run)
  if (!session || !isActive(session)) return
  if (session.ending) await endDetached(project, run, 0)
  if (session.role === 'planner') await plannerTurnEnded(project, session, input)
  else await workerTurnEnded(project, session, turn)
}

async function plannerTurnEnded(project: Project, session: Session, input: readonly string[]): Promise<void> {
  const over = {itsTurnIsOver: true}
  // The message that waits names what the planner had been told; an earlier one may have begun this turn.
  const woken = input.some(text => wokenAfter(text) === session.told_revision)
  if (woken && session.wake_revision !== null) await plannerWasTold(project, session.run, session.wake_revision, over)
  else await wakePlanner(project, over)
}

/** A worker whose turn ends while its task is in progress has told nobody: its question or its last words go to the planner, as data. */
async function workerTurnEnded(project: Project, session: Session, turn: TurnEnded): Promise<void> {
  const answered = turn['input-messages']?.some(text => isWorkerReturn(text)) ?? false
  const trouble = unheard(lastTurn(await recordOfTurn(project, turn)), turn['last-assistant-message'] ?? '')
  await project.board.change(board => {
    const task = board.tasks.find(task => task.id === session.task_id)
    const current = board.sessions.find(other => other.run === session.run)
    // An answer that came while this turn was still ending waits in Codex's queue and begins the next one.
    const wake_revision = answered ? null : (current?.wake_revision ?? null)
    const silent = task?.status === 'in_progress' && current?.ending === null && wake_revision === null
    const attention = silent ? attentionOf(trouble) : null
    const wake_at = wake_revision === null ? null : (current?.wake_at ?? null)
    return [changeSession(board, session.run, {attention, wake_revision, wake_at}), null]
  })
  await refreshDashboard(project, await project.board.read())
  await wakePlanner(project)
}

const WRITTEN_MS = 3000

/** Codex tells of a turn's end while it still writes it down. Empty where it does not come. */
async function recordOfTurn(project: Project, turn: TurnEnded): Promise<string[]> {
  const {'thread-id': conversation, 'turn-id': id} = turn
  if (id === undefined) return []
  const deadline = performance.now() + WRITTEN_MS
  for (;;) {
    const lines = upToTurn(await recordOf(project, conversation), id)
    if (lines || performance.now() > deadline) return lines ?? []
    await delay(100)
  }
}

const PROOF_MS = 10_000

/**
 * A start is over: said by its script with an exit record, or, when its terminal was torn away, by its tool server; then the proof that it
 * is gone may take a moment.
 */
export async function sessionEnded(project: Project, run: string): Promise<void> {
  const deadline = performance.now() + PROOF_MS
  for (;;) {
    const session = await sessionOfRun(project, run)
    if (!session || !isActive(session)) return
    const [facts] = await factsOf(project, [session])
    if (facts?.process.value === 'gone') {
      await settle(project, facts)
      break
    }
    if (performance.now() > deadline) return
    await delay(500)
  }
  await refreshDashboard(project, await project.board.read())
  await wakePlanner(project)
}

/** Passes a turn's end on to the program the person has in their own configuration. */
export async function passOn(project: Project, payload: string): Promise<void> {
  const notify = await ownNotify(project.host.codexHome)
  if (notify.length === 0) return
  try {
    await startDetached([...notify, payload], project.host.env, project.root)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    await project.trace('notify-failed', {reason: error.message})
  }
}
