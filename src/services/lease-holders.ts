import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {type ChildMark, type Holder, type Lease, OPERATOR, type ProcessMark, type Registry} from '../domain/lease.ts'
import {latestSession, type Session} from '../domain/session.ts'
import {type ProcessIdentity, type ProcessValue, processState} from '../domain/status.ts'
import {projectPaths} from '../store/paths.ts'
import {readRun} from '../store/runs.ts'
import {identify, probeProcess, processesOfLease} from '../system/process.ts'
import {groupState} from '../system/process-group.ts'
import {survivorsOf} from './evidence.ts'
import type {Project} from './project.ts'

/** The start of a session that a lease ends with; null where none is known to run. */
export async function sessionHolder(project: Project, name: string): Promise<Holder | null> {
  const session = name === OPERATOR ? undefined : await sessionOnBoard(project, name)
  if (!session) return null
  const {hello, exit} = await readRun(project.paths, session.run)
  if (!hello || hello.foreign || exit || processState(hello, probeProcess(hello.pid)) === 'gone') return null
  return {kind: 'session', run: session.run, ...markOf(hello)}
}

async function sessionOnBoard(project: Project, name: string): Promise<Session | undefined> {
  try {
    return latestSession(await project.board.read(), name)
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'NOT_INITIALIZED') return undefined
    throw error
  }
}

/** This very process, for as long as its command and itself run. */
export function ownHolder(): Holder {
  return {kind: 'command', ...markOf(identify(process.pid)), child: null}
}

export function markOf({pid, started, pidns}: ProcessIdentity): ProcessMark {
  return {pid, started, pidns}
}

/** What the machine says of all that hold or wait. */
export async function holderStates({boot, leases, queue}: Registry): Promise<Map<Holder, ProcessValue>> {
  const states = new Map<Holder, ProcessValue>()
  for (const entry of [...leases, ...queue]) {
    if (entry.holder) states.set(entry.holder, await stateOf(entry.holder, entry, boot))
  }
  return states
}

async function stateOf(holder: Holder, {id, project}: Entry, boot: string | null): Promise<ProcessValue> {
  const own = processState({...holder, boot}, probeProcess(holder.pid))
  if (holder.kind === 'command') return own === 'gone' ? stateOfCommand(holder.child, id, boot) : own
  if (own === 'alive') return own
  if (await hasExit(project, holder.run)) return 'gone'
  // Its Codex may go on without its script.
  return own === 'gone' && (await survivorsOf(holder.run)).length > 0 ? 'unknown' : own
}

type Entry = Pick<Lease, 'id' | 'project'>

/** Of a `run` that is gone. One that was killed as its command began had no time to note that. */
async function stateOfCommand(child: ChildMark | null, id: string, boot: string | null): Promise<ProcessValue> {
  if (child) return childState(child, boot)
  return (await processesOfLease(id)).length > 0 ? 'unknown' : 'gone'
}

/** A repository whose records cannot be trusted proves nothing, and keeps no other one from its leases. */
async function hasExit(project: string, run: string): Promise<boolean> {
  try {
    return (await readRun(projectPaths(project, path.join(project, '.git')), run)).exit !== undefined
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'UNSAFE_FILE') return false
    throw error
  }
}

function childState({group, ...mark}: ChildMark, boot: string | null): ProcessValue {
  const child = {...mark, boot}
  return group ? groupState(child) : processState(child, probeProcess(child.pid))
}
