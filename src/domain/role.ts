import {PlannerError} from './errors.ts'
import {isSessionName, latestSession, PLANNER, type SessionBoard} from './session.ts'

/** The operator is the person; the other three are what a session, or a tool server, can be. */
export const ROLES = ['operator', 'planner', 'worker', 'observer'] as const
export type Role = (typeof ROLES)[number]

/**
 * What a command does to the team: `read` changes nothing; `work` reports about one's own task; `plan` shapes the work of others;
 * `operate` is for the person alone.
 */
export type Access = 'read' | 'work' | 'plan' | 'operate'

const GRANTS: Record<Role, readonly Access[]> = {
  operator: ['read', 'work', 'plan', 'operate'],
  planner: ['read', 'work', 'plan'],
  worker: ['read', 'work'],
  observer: ['read'],
}

/** Who calls a command or tool. A worker has exactly one session, and with it one task and one project. */
export interface Caller {
  role: Role
  session: string | null
  /** The root of the one project this caller may touch; null for a person. */
  project: string | null
}

export function mayDo(role: Role, access: Access): boolean {
  return GRANTS[role].includes(access)
}

/** @throws PlannerError ROLE_FORBIDDEN */
export function requireAccess(caller: Caller, access: Access, what: string): void {
  if (mayDo(caller.role, access)) return
  const who = access === 'operate' ? 'Only the person at the keyboard' : 'Only the planner'
  throw new PlannerError('ROLE_FORBIDDEN', `${who} can use ${what}; this is the ${caller.role}'s session.`, [
    'codex-planner list-tasks',
  ])
}

/** The task of a worker's session; null for everyone else. */
export function ownTask(caller: Caller): string | null {
  if (caller.role !== 'worker' || caller.session === null) return null
  return caller.session.slice('worker-'.length).toUpperCase()
}

/** @throws PlannerError NOT_OWNER when a worker reaches for another's task */
export function requireOwnTask(caller: Caller, taskId: string): void {
  if (caller.role !== 'worker' || ownTask(caller) === taskId) return
  throw new PlannerError('NOT_OWNER', `${caller.session} works on ${ownTask(caller)} and cannot act for ${taskId}.`, [
    `codex-planner show-task ${ownTask(caller)}`,
  ])
}

/** @throws PlannerError NOT_OWNER when a worker reaches for another session */
export function requireOwnSession(caller: Caller, session: string): void {
  if (caller.role !== 'worker' || caller.session === session) return
  throw new PlannerError('NOT_OWNER', `${caller.session} cannot act for ${session}.`, ['codex-planner list-sessions'])
}

/** A worker that was closed while its terminal goes on: its task may be somebody else's by now. @throws PlannerError SESSION_NOT_FOUND */
export function requireNotClosed({role, session}: Caller, board: SessionBoard): void {
  if (role !== 'worker' || session === null || latestSession(board, session)?.status !== 'closed') return
  throw new PlannerError('SESSION_NOT_FOUND', `${session} was closed, and reports no more.`, [
    `codex-planner show-session ${session}`,
  ])
}

/** A worker's task moves by what it hands in: a hand-back or a question. @throws PlannerError ROLE_FORBIDDEN */
export function requireMayMove(caller: Caller): void {
  if (caller.role !== 'worker') return
  throw new PlannerError(
    'ROLE_FORBIDDEN',
    'A worker moves its task by handing back or asking, never by a status alone.',
    [`codex-planner request-review ${ownTask(caller)} --summary 'what was done'`],
  )
}

/** What Codex and a start's own script report is about that start alone. @throws PlannerError NOT_OWNER */
export function requireOwnRun(env: Readonly<Record<string, string | undefined>>, run: string): void {
  if (callerFrom(env).role === 'operator' || env.CODEX_ORCHESTRATOR_RUN === run) return
  throw new PlannerError(
    'NOT_OWNER',
    `This session is ${env.CODEX_ORCHESTRATOR_RUN ?? 'no start of a team'} and cannot report for ${run}.`,
  )
}

/** @throws PlannerError ROLE_FORBIDDEN */
export function requirePerson(caller: Caller, what: string): void {
  if (caller.role === 'operator') return
  throw new PlannerError(
    'ROLE_FORBIDDEN',
    `Only the person at the keyboard can ${what}; this is the ${caller.role}'s session.`,
  )
}

/**
 * Who runs this process, from the variables that a session's start script sets. This is a fence against mistakes, not a wall: whoever
 * can change the environment can change the answer.
 */
export function callerFrom(env: Readonly<Record<string, string | undefined>>): Caller {
  const role = env.CODEX_ORCHESTRATOR_ROLE
  if (role === undefined || role === '') return {role: 'operator', session: null, project: null}
  const named = env.CODEX_ORCHESTRATOR_SESSION ?? ''
  const session = isSessionName(named) ? named : null
  const isWorker = session !== null && session !== PLANNER
  const known = ROLES.find(known => known === role && known !== 'operator' && (known !== 'worker' || isWorker))
  return {
    role: known ?? 'observer',
    session,
    project: env.CODEX_ORCHESTRATOR_PROJECT ?? null,
  }
}
