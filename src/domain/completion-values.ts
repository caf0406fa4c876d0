import type {Board} from './board.ts'
import type {Candidate, Completes, DeclaredValue} from './completion.ts'
import {type Lease, OPERATOR, type Ticket} from './lease.ts'
import {isActive, latestSession, PLANNER, type Session} from './session.ts'
import type {Snapshot} from './snapshot.ts'
import {canGoOn, canMove, canStart, isFinal, type Task} from './task.ts'

/** What was found on this machine of what was asked for. */
export interface LiveFacts {
  board?: Board
  leases?: readonly (Pick<Lease, 'id' | 'session' | 'purpose'> | Ticket)[]
  snapshots?: readonly Snapshot[]
  /** Those that a person added. */
  plugins?: readonly {name: string; hooks: readonly string[]}[]
}

const TASKS: Partial<Record<Completes, (task: Task, board: Board) => boolean>> = {
  'any-task': () => true,
  'open-task': ({status}) => !isFinal(status),
  'startable-task': (task, board) => canStart(task) && isFreeToStart(task, board),
  'answerable-task': task => canGoOn(task) && task.base_commit !== null,
  'reviewable-task': task => canMove(task, 'review_ready'),
  dependency: ({status}) => status !== 'cancelled',
}

const SESSIONS: Partial<Record<Completes, (session: Session) => boolean>> = {
  'any-session': () => true,
  'active-session': isActive,
  'active-worker': session => session.role === 'worker' && isActive(session),
  'closable-session': ({status}) => status !== 'closed',
  'closable-worker': ({role, status}) => role === 'worker' && status !== 'closed',
  'lease-holder': isActive,
}

/** Which facts have to be gathered for it. */
export function neededFact(completes: Completes | undefined): keyof LiveFacts | null {
  if (completes === 'lease') return 'leases'
  if (completes === 'snapshot') return 'snapshots'
  if (completes === 'plugin') return 'plugins'
  if (completes === undefined) return null
  return completes in TASKS || completes in SESSIONS || completes === 'owner' ? 'board' : null
}

/** The values that an argument or flag could have now. */
export function valuesFor({completes, options}: DeclaredValue, facts: LiveFacts): Candidate[] {
  if (options) return options.map(value => ({value, about: ''}))
  if (completes === undefined) return []
  const found = [...fixed(completes), ...boardValues(completes, facts.board), ...otherValues(completes, facts)]
  const first = new Map(found.toReversed().map(candidate => [candidate.value, candidate]))
  return found.filter(candidate => first.get(candidate.value) === candidate)
}

function fixed(completes: Completes): Candidate[] {
  if (completes !== 'lease-holder') return []
  return [
    {value: OPERATOR, about: 'You, outside of any session.'},
    {value: PLANNER, about: ''},
  ]
}

function boardValues(completes: Completes, board: Board | undefined): Candidate[] {
  if (!board) return []
  const [ofTasks, ofSessions] = [TASKS[completes], SESSIONS[completes]]
  if (ofTasks) {
    return board.tasks.filter(task => ofTasks(task, board)).map(({id, title}) => ({value: id, about: title}))
  }
  if (ofSessions) {
    const latest = board.sessions.filter(session => latestSession(board, session.name) === session)
    return latest.filter(ofSessions).map(session => ({value: session.name, about: aboutSession(session, board)}))
  }
  if (completes !== 'owner') return []
  return board.tasks.flatMap(({owner}) => (owner === null ? [] : [{value: owner, about: ''}]))
}

function aboutSession({status, task_id}: Session, {tasks}: Board): string {
  const title = tasks.find(({id}) => id === task_id)?.title
  return title === undefined ? status : `${status}: ${title}`
}

function otherValues(completes: Completes, {leases = [], snapshots = [], plugins = []}: LiveFacts): Candidate[] {
  if (completes === 'lease') {
    return leases.map(({id, session, purpose}) => ({value: id, about: `${session}: ${purpose}`}))
  }
  if (completes === 'plugin') return plugins.map(({name, hooks}) => ({value: name, about: hooks.join(', ')}))
  if (completes !== 'snapshot') return []
  return snapshots.map(({id, reason}) => ({value: id, about: reason ?? ''}))
}

/** Nobody is on it, and what it depends on is done. */
function isFreeToStart(task: Task, {tasks, sessions}: Board): boolean {
  const busy = sessions.some(session => session.task_id === task.id && isActive(session))
  return !busy && task.depends_on.every(id => tasks.find(other => other.id === id)?.status === 'done')
}
