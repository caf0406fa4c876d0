import type {TerminalHint} from '@codex-planner/plugin-api'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {activeWorkers, changeSession, isActive, type Session} from '../domain/session.ts'
import {printableLines} from '../domain/text.ts'
import {type Trouble, type TroubleKind, troubleOf} from '../domain/trouble.ts'
import {attentionOf, isOnRecord, kindOnRecord} from '../domain/trouble-words.ts'
import {scriptBegan} from '../store/runs.ts'
import {conversationsIn, conversationTail} from '../system/codex.ts'
import {factsOf, type SessionFacts} from './evidence.ts'
import type {Project} from './project.ts'
import {tellTeam} from './said.ts'
import {backendOf, shownIn} from './terminals.ts'

/** What the sessions that were looked at are in trouble with, by their runs. Writes nothing. */
export async function troublesOf(
  project: Project,
  board: Board,
  facts: readonly SessionFacts[],
): Promise<Map<string, Trouble>> {
  const alive = facts.filter(({session, process}) => process.value === 'alive' && isActive(session))
  const hints = await hintsOf(project, alive)
  const found = new Map<string, Trouble>()
  for (const one of alive) {
    const trouble = await troubleWith(project, board, one, hints.get(one.session) ?? null)
    if (trouble) found.set(one.session.run, trouble)
  }
  return found
}

/** One question to each backend that has hints. */
async function hintsOf({host}: Project, facts: readonly SessionFacts[]): Promise<Map<Session, TerminalHint>> {
  const found = new Map<Session, TerminalHint>()
  const backends = facts.length === 0 ? [] : (await host.terminalBackends()).found
  for (const backend of backends) {
    const own = facts.flatMap(({session}) =>
      session.backend === backend.name && session.terminal !== null ? [{session, ref: session.terminal}] : [],
    )
    if (!backend.hints || own.length === 0) continue
    const answers = await backend.hints(own.map(({ref}) => ref)).catch(asNothing)
    for (const [index, {session}] of own.entries()) found.set(session, answers[index] ?? null)
  }
  return found
}

/** A terminal that cannot be asked just now hints at nothing. */
function asNothing(error: unknown): [] {
  if (error instanceof Error) return []
  throw error
}

async function troubleWith(
  project: Project,
  board: Board,
  facts: SessionFacts,
  hint: TerminalHint,
): Promise<Trouble | null> {
  const {session, process} = facts
  const began = await scriptBegan(project.paths, session.run)
  if (began === undefined) return null
  const trouble = troubleOf({
    session,
    task: board.tasks.find(task => task.id === session.task_id)?.status ?? null,
    process: process.value,
    record: await recordFor(project, facts, began),
    hint,
    began,
    now: project.host.now(),
    stallAfterSeconds: project.host.config.stall_after_seconds,
  })
  const lines = trouble ? LINES_SHOWN[trouble.kind] : undefined
  return trouble && lines ? {...trouble, data: await shown(project, session, lines)} : trouble
}

/**
 * A conversation is learnt from its first tool call or the end of its first turn, and neither may ever come. Until then the only one that
 * began in its folder speaks for it; it is never resumed on that account.
 */
async function recordFor(project: Project, facts: SessionFacts, began: string): Promise<readonly string[] | null> {
  const {codex_session_id, worktree} = facts.session
  if (codex_session_id !== null) return facts.record
  const [file, ...others] = await conversationsIn(project.host.codexHome, worktree, began)
  if (others.length > 0) return null
  return file === undefined ? [] : conversationTail(file)
}

/** Lines of the terminal that go with it: a login page begins at the top, a question stands at the bottom. */
const LINES_SHOWN: {readonly [Kind in TroubleKind]?: readonly [from: number, to?: number]} = {
  unbegun: [0, 12],
  approval: [-12],
  stalled: [-12],
}

async function shown(project: Project, session: Session, lines: readonly [number, number?]): Promise<string | null> {
  const backend = await backendOf(project.host, session)
  if (!backend?.screen || session.terminal === null) return null
  const written = printableLines(await shownIn(backend, session.terminal))
    .split('\n')
    .filter(line => line.trim() !== '')
  return written.slice(...lines).join('\n')
}

/** What somebody should know about a session now: a trouble that the board does not have yet, else what stands there. */
export function attentionNow(session: Session, trouble: Trouble | undefined): string | null {
  if (!trouble || isOnRecord(session.attention, trouble)) return session.attention
  return attentionOf(trouble)
}

/** Looks after the workers, or one of them: what they are in trouble with goes onto the board, and the planner hears of it once. */
export async function noteTroubles(project: Project, run?: string): Promise<void> {
  try {
    await note(project, run)
  } catch (error) {
    // A board that is not there, or cannot be read, is the command's own to tell.
    if (!(error instanceof PlannerError)) throw error
  }
}

async function note(project: Project, run: string | undefined): Promise<void> {
  const board = await project.board.read()
  // Whoever calls is at work.
  const isMeant = (session: Session) =>
    run === undefined ? session.name !== project.caller.session : session.run === run
  const facts = await factsOf(project, activeWorkers(board).filter(isMeant))
  if (facts.length === 0) return
  const troubles = await troublesOf(project, board, facts)
  const notes = facts.flatMap(one => noteOn(board, one, troubles.get(one.session.run)))
  if (notes.length === 0) return
  const {board: after, value: noted} = await project.board.change(current => {
    const fresh = notes.filter(({seen}) => isUnchanged(current, seen))
    const next = fresh.reduce((changed, {seen, attention}) => noteDown(changed, seen.session, attention), current)
    return [next, fresh]
  })
  for (const {seen, attention} of noted) {
    const kind = attention === null ? null : (kindOnRecord(attention) ?? null)
    await project.trace('trouble', {session: seen.session.name, run: seen.session.run, kind})
  }
  if (noted.length > 0) await tellTeam(project, after)
}

interface Note {
  seen: {session: Session; taskRevision: number | null}
  attention: string | null
}

/** A trouble that is over goes away when its session is seen at work. */
function noteOn(board: Board, {session, turn}: SessionFacts, trouble: Trouble | undefined): Note[] {
  const seen = {session, taskRevision: taskRevision(board, session)}
  const stands = session.attention === null ? undefined : kindOnRecord(session.attention)
  if (trouble) return isOnRecord(session.attention, trouble) ? [] : [{seen, attention: attentionOf(trouble)}]
  return stands !== undefined && turn.value === 'working' ? [{seen, attention: null}] : []
}

/** Between the look and the change the session may have spoken, or somebody else may have said it. */
function isUnchanged(board: Board, {session, taskRevision: revision}: Note['seen']): boolean {
  const current = board.sessions.find(({run}) => run === session.run)
  return current?.revision === session.revision && taskRevision(board, session) === revision
}

function taskRevision(board: Board, {task_id}: Session): number | null {
  return board.tasks.find(({id}) => id === task_id)?.revision ?? null
}

/** An answer whose turn came to nothing does not wait any more. */
function noteDown(board: Board, {run}: Session, attention: string | null): Board {
  return changeSession(board, run, {attention, ...(attention === null ? {} : {wake_revision: null, wake_at: null})})
}
