import {setTimeout as delay} from 'node:timers/promises'

import {type Board, endOnBoard, moveIfAllowed} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {requireMayMove, requirePerson} from '../domain/role.ts'
import {changeSession, type Ending, isActive, latestSession, type Session, sessionOf} from '../domain/session.ts'
import {OF_THE_ORIGINAL, processState} from '../domain/status.ts'
import {requireMove, type Task, type TaskStatus, taskOf} from '../domain/task.ts'
import {readRun} from '../store/runs.ts'
import {startDetached} from '../system/detached.ts'
import {commandLine, probeProcess, signalGroup} from '../system/process.ts'
import {selfCommand} from '../system/self.ts'
import {stillLives, survivorsOf} from './evidence.ts'
import {undertake} from './intents.ts'
import type {Project} from './project.ts'
import {REPAIR, takeBack} from './settle.ts'
import {keepSnapshot} from './snapshots.ts'
import {backendOf, refreshDashboard} from './terminals.ts'
import {wakePlanner} from './waking.ts'

export interface Closed {
  session: Session
  task: Task | null
}

export interface CloseOptions {
  status: Ending['status']
  taskStatus: TaskStatus | null
  keepTerminal: boolean
}

/** How long a session may take to end its turn before its wish to end is carried out all the same. */
const TURN_GRACE_SECONDS = 30

/** @throws PlannerError SESSION_NOT_FOUND, INVALID_TRANSITION, SESSION_UNKNOWN */
export async function closeSession(project: Project, name: string, options: CloseOptions): Promise<Closed> {
  const board = await project.board.read()
  const session = sessionOf(board, name)
  if (options.taskStatus !== null) requireMayMove(project.caller)
  if (options.keepTerminal) requirePerson(project.caller, 'leave a terminal running')
  if (options.taskStatus !== null) requireMove(taskOf(board, taskIdOf(session)), options.taskStatus)
  if (isActive(session) || (!options.keepTerminal && (await stillLives(project, session)))) {
    if (project.caller.session === name && !options.keepTerminal) await wishToEnd(project, session, options)
    else if (options.keepTerminal) await recordEnd(project, session, options, wish(project, options))
    else await endNow(project, session, options)
  } else if (options.taskStatus !== null) {
    const {taskStatus} = options
    await project.board.change(board => [moveIfAllowed(board, session.task_id, taskStatus, project.host.now()), null])
  }
  const after = await project.board.read()
  return {session: sessionOf(after, name), task: session.task_id === null ? null : taskOf(after, session.task_id)}
}

/** @throws PlannerError INVALID_ARGUMENT */
function taskIdOf({name, task_id}: Session): string {
  if (task_id !== null) return task_id
  throw new PlannerError('INVALID_ARGUMENT', `${name} has no task whose status could change.`, [
    `codex-planner close-session ${name}`,
  ])
}

/** A session never ends inside its own tool call: the wish is on the board, and its turn's end, or the clock, carries it out. */
async function wishToEnd(project: Project, session: Session, options: CloseOptions): Promise<void> {
  if (session.ending === null || options.taskStatus !== null) await setWish(project, session, wish(project, options))
  await endDetached(project, session.run, TURN_GRACE_SECONDS)
}

function wish(project: Project, {status, taskStatus}: CloseOptions): Ending {
  return {status, task_status: taskStatus, asked_at: project.host.now(), asked_by: project.author}
}

async function setWish(project: Project, session: Session, ending: Ending): Promise<void> {
  await project.board.change(board => [changeSession(board, session.run, {ending}), null])
}

/** The board with the caller's wish that a session of its own end, which its turn's end carries out if nobody else does. */
export function wishingToEnd(project: Project, board: Board, name: string): Board {
  const session = latestSession(board, name)
  if (!session || project.caller.session !== name) return board
  return withWish(board, session, wish(project, {status: 'closed', taskStatus: null, keepTerminal: false}))
}

/** One that has ended, or that wishes to already, stays as it is. */
export function withWish(board: Board, session: Session, ending: Ending): Board {
  return isActive(session) && session.ending === null ? changeSession(board, session.run, {ending}) : board
}

/** Puts the wish on record before it is carried out: from here on nothing wakes the session. A wish that stands stays. */
export async function askToEnd(project: Project, session: Session, status: Ending['status']): Promise<void> {
  if (session.ending !== null) return
  await setWish(project, session, wish(project, {status, taskStatus: null, keepTerminal: false}))
}

/** Only the wish that was just made; another's stays. */
async function withdrawWish(project: Project, session: Session, ending: Ending): Promise<void> {
  if (session.ending !== null) return
  await project.board.change(board => {
    const current = board.sessions.find(({run}) => run === session.run)?.ending
    const same = current?.asked_at === ending.asked_at && current.asked_by === ending.asked_by
    return [same ? changeSession(board, session.run, {ending: null}) : board, null]
  })
}

/** From a process of its own: whoever asks may be a child of what ends. */
export async function endDetached(project: Project, run: string, afterSeconds: number): Promise<void> {
  const args = ['internal', 'end-session', '--repo-path', project.root, '--run', run, '--after', String(afterSeconds)]
  await startDetached([...selfCommand(), ...args], project.host.env, project.root)
}

/** Whether a session that was asked to end should have done so by now: whoever was to see to it is gone. */
export function isOverdue(ending: Ending | null, now: string): boolean {
  return ending !== null && Date.parse(now) - Date.parse(ending.asked_at) > 1.5 * TURN_GRACE_SECONDS * 1000
}

/** Carries out the wish on record for one start, if it still stands. What cannot be done is said where the planner hears of it. */
export async function carryOutWish(project: Project, run: string): Promise<void> {
  const session = (await project.board.read()).sessions.find(session => session.run === run)
  if (!session?.ending || !isActive(session)) return
  const {status, task_status: taskStatus} = session.ending
  try {
    await endNow(project, session, {status, taskStatus, keepTerminal: false})
  } catch (error) {
    if (!(error instanceof PlannerError)) throw error
    const attention = `Was asked to end, and could not be ended: ${error.message}`
    await project.board.change(board => [changeSession(board, run, {attention}), null])
    await wakePlanner(project)
    throw error
  }
}

/**
 * The wish first, so that whoever sees the session end knows that it was asked to; then processes, a snapshot, the terminal, and the record
 * last. @throws PlannerError SESSION_UNKNOWN
 */
export async function endNow(project: Project, session: Session, options: CloseOptions): Promise<void> {
  await requireKnown(project, session)
  const {name, task_id, run} = session
  const plan = {operation: 'end', session: name, task_id, run, status: options.status} as const
  await undertake(project, plan, project => end(project, session, options))
}

async function end(project: Project, session: Session, options: CloseOptions): Promise<void> {
  const ending = session.ending ?? wish(project, options)
  await project.step('wish', () => setWish(project, session, ending))
  try {
    await project.step('processes', () => endProcesses(project, session))
  } catch (error) {
    await withdrawWish(project, session, ending)
    throw error
  }
  await project.step('snapshot', () => keepSnapshot(project, session, options.status))
  await project.step('terminal', async () => {
    const backend = await backendOf(project.host, session)
    if (backend && session.terminal !== null) await backend.close(session.terminal)
  })
  await project.step('record', () => recordEnd(project, session, options, ending))
}

async function recordEnd(
  project: Project,
  session: Session,
  {status, taskStatus}: CloseOptions,
  ending: Ending,
): Promise<void> {
  const {exit, conversation} = await readRun(project.paths, session.run)
  const ended = exit ?? {code: null, at: project.host.now()}
  const {board} = await project.board.change(board => {
    const known = changeSession(learnt(board, session, conversation), session.run, {ending})
    return [endOnBoard(known, session, {status, exit: ended, taskStatus}, project.host.now()), null]
  })
  await project.trace('close', {session: session.name, run: session.run, status, code: ended.code})
  await refreshDashboard(project, board)
  await wakePlanner(project)
}

/** Whoever learnt the conversation may have been killed before the board had it. */
function learnt(board: Board, {run}: Session, conversation: string | undefined): Board {
  const unknown = board.sessions.find(session => session.run === run)?.codex_session_id === null
  return unknown && conversation !== undefined ? changeSession(board, run, {codex_session_id: conversation}) : board
}

const TERM_MS = 10_000
const KILL_MS = 3_000

/** @throws PlannerError SESSION_UNKNOWN, before anything is done */
async function requireKnown(project: Project, session: Session): Promise<void> {
  const {hello, claim} = await readRun(project.paths, session.run)
  if (hello?.foreign && processState(hello, probeProcess(hello.pid)) !== 'gone') {
    throw new PlannerError('SESSION_UNKNOWN', `${session.name} is left alone: ${OF_THE_ORIGINAL}.`, [onlyNote(session)])
  }
  if (hello && processState(hello, probeProcess(hello.pid)) === 'unknown') {
    throw cannotTell(session, 'its process is beyond what can be seen from here')
  }
  if (hello) return
  if (session.status === 'starting' && claim !== undefined && claim !== REPAIR) {
    throw cannotTell(session, 'it has been claimed and said no hello')
  }
  if (session.status === 'running' && !(await terminalOf(project, session))) {
    throw cannotTell(session, 'neither its process nor its terminal is known here')
  }
}

async function terminalOf(project: Project, session: Session) {
  const backend = await backendOf(project.host, session)
  return backend && session.terminal !== null ? {backend, ref: session.terminal} : undefined
}

/** @throws PlannerError SESSION_UNKNOWN when something of it outlives SIGKILL, or a script has claimed the start just now */
async function endProcesses(project: Project, session: Session): Promise<void> {
  const {hello, claim} = await readRun(project.paths, session.run)
  if (!hello && session.status === 'running') return endByTerminal(project, session)
  if (!hello) {
    // Without a hello nothing was started, if the claim is ours: a script that comes late starts nothing.
    if (claim === REPAIR || (await takeBack(project, session))) return
    throw cannotTell(session, 'it has been claimed and said no hello')
  }
  const state = () => processState(hello, probeProcess(hello.pid))
  for (const [signal, patience] of [
    ['SIGTERM', TERM_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    if (state() === 'alive') signalGroup(hello.pgid, signal)
    await until(async () => state() !== 'alive', patience)
  }
  if (state() === 'alive') throw notClosed(session, [hello.pid])
  await requireNoSurvivor(session)
}

/** Its run folder was swept away. What runs in its terminal ends with it, and the terminal says when it is gone. */
async function endByTerminal(project: Project, session: Session): Promise<void> {
  const terminal = await terminalOf(project, session)
  if ((await terminal?.backend.close(terminal.ref)) !== 'gone') {
    throw cannotTell(session, 'its terminal does not say that it is gone')
  }
  await requireNoSurvivor(session)
}

/** What takes a session off this board and leaves it to whom it belongs. */
export function onlyNote({name}: Session): string {
  return `codex-planner close-session ${name} --keep-terminal-running`
}

function cannotTell({name}: Session, why: string): PlannerError {
  return new PlannerError(
    'SESSION_UNKNOWN',
    `Whether ${name} still runs cannot be told (${why}), so it is left alone.`,
    [`codex-planner show-session ${name}`],
  )
}

/** Something the agent started may have left the process group, for example a server it put in the background. */
async function requireNoSurvivor(session: Session): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const survivors = await survivorsOf(session.run)
    if (survivors.length === 0) return
    for (const pid of survivors) signalProcess(pid, signal)
    await until(async () => (await survivorsOf(session.run)).length === 0, KILL_MS)
  }
  const survivors = await survivorsOf(session.run)
  if (survivors.length > 0) throw notClosed(session, survivors)
}

function notClosed(session: Session, pids: readonly number[]): PlannerError {
  const named = pids.map(pid => `${pid} (${commandLine(pid).slice(0, 60)})`).join(', ')
  return new PlannerError('SESSION_UNKNOWN', `${session.name} is not closed: ${named} still runs.`, [
    `ps -fp ${pids.join(',')}`,
  ])
}

function signalProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function until(holds: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!(await holds()) && performance.now() < deadline) await delay(50)
}
