import {PlannerError} from '../domain/errors.ts'
import type {Intent} from '../domain/intent.ts'
import {changeSession, type Ending, isActive, latestSession, PLANNER, type Session} from '../domain/session.ts'
import {askToEnd, endNow} from './ending.ts'
import {undertake} from './intents.ts'
import type {Project} from './project.ts'
import {closeDashboards} from './terminals.ts'

/** A start that was under way when we looked stands on the board the next time. */
const ROUNDS = 3

interface Fault {
  name: string
  error: PlannerError
}

/**
 * Ends every session of the project, the planner last: `suspended` ones come back with the next launch, `closed` ones do not. The planner's
 * wish is on record first, so that no end of a worker wakes it. One that cannot be ended keeps no other from it.
 * @returns every session that was ended, as it is now
 * @throws PlannerError SESSION_UNKNOWN with the names of those that are still there
 */
export async function endTeam(project: Project, status: Ending['status']): Promise<Session[]> {
  return undertake(project, {operation: 'end-team', status}, project => endSessions(project, status, () => true))
}

/** Goes on with an end that was cut short, with those who were there when it began; false when it had not begun. */
export async function finishEndOfTeam(project: Project, {status, begun_at, by}: Intent): Promise<boolean> {
  const {sessions} = await project.board.read()
  const isOfIt = ({ending}: Session) => ending !== null && ending.asked_by === by && ending.asked_at >= begun_at
  if (status === null || !sessions.some(isOfIt)) return false
  await endSessions(project, status, ({started_at}) => started_at <= begun_at)
  return true
}

async function endSessions(
  project: Project,
  status: Ending['status'],
  isMeant: (session: Session) => boolean,
): Promise<Session[]> {
  const ended = new Set<string>()
  let faults: Fault[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const active = (await project.board.read()).sessions.filter(session => isActive(session) && isMeant(session))
    const rest = active.filter(({name}) => !faults.some(fault => fault.name === name))
    if (rest.length === 0) break
    faults = [...faults, ...(await endAll(project, rest, status))]
    for (const {name} of rest) if (!faults.some(fault => fault.name === name)) ended.add(name)
  }
  if (status === 'closed') for (const name of await closeSuspended(project)) ended.add(name)
  if (faults.length > 0) throw stillThere(faults, [...ended])
  await project.step('dashboard', () => closeDashboards(project))
  const board = await project.board.read()
  await project.trace(status === 'closed' ? 'shutdown' : 'suspend', {sessions: [...ended]})
  return [...ended].flatMap(name => latestSession(board, name) ?? [])
}

async function endAll(project: Project, sessions: readonly Session[], status: Ending['status']): Promise<Fault[]> {
  const planner = sessions.find(({name}) => name === PLANNER)
  if (planner) await askToEnd(project, planner, status)
  const workers = sessions.filter(({name}) => name !== PLANNER)
  const faults = await project.step('workers', () => Promise.all(workers.map(worker => end(project, worker, status))))
  const last = planner ? await project.step('planner', () => end(project, planner, status)) : []
  return [...faults, last].flat()
}

/** One that wished to end for good before is not brought back. */
async function end(project: Project, session: Session, status: Ending['status']): Promise<Fault[]> {
  const wished = session.ending
  try {
    await endNow(project, session, {
      status: wished?.status ?? status,
      taskStatus: wished?.task_status ?? null,
      keepTerminal: false,
    })
    return []
  } catch (error) {
    if (!(error instanceof PlannerError)) throw error
    return [{name: session.name, error}]
  }
}

async function closeSuspended(project: Project): Promise<string[]> {
  const {value: names} = await project.board.change(board => {
    const waiting = board.sessions.filter(
      session => session.status === 'suspended' && latestSession(board, session.name) === session,
    )
    const closed = waiting.reduce((next, {run}) => changeSession(next, run, {status: 'closed'}), board)
    return [closed, waiting.map(({name}) => name)]
  })
  return names
}

function stillThere(faults: readonly Fault[], ended: readonly string[]): PlannerError {
  const reasons = faults.map(({error}) => error.message).join(' ')
  const others = ended.length > 0 ? `${ended.join(', ')} ended. ` : ''
  return new PlannerError('SESSION_UNKNOWN', `${others}${reasons}`, ['codex-planner list-sessions --active-only'])
}
