import type {Board} from '../../domain/board.ts'
import {PlannerError} from '../../domain/errors.ts'
import {intentName} from '../../domain/intent.ts'
import {isActive} from '../../domain/session.ts'
import {pasteable} from '../../domain/shell.ts'
import {processState} from '../../domain/status.ts'
import type {Task} from '../../domain/task.ts'
import {readJournal} from '../../store/journal.ts'
import {readPage} from '../../store/pages.ts'
import {readRun} from '../../store/runs.ts'
import {probeProcess} from '../../system/process.ts'
import {activeSessions, factsOf, type SessionFacts} from '../evidence.ts'
import {staleIntents} from '../intents.ts'
import type {Project} from '../project.ts'
import {type Finding, ok, warning} from './finding.ts'

/** Null before `init`. */
export async function readBoard(board: Project['board']): Promise<Board | null> {
  return (await lookAtBoard(board))?.board ?? null
}

/** Null before `init`. */
export async function lookAtBoard(board: Project['board']): Promise<{board: Board; warnings: string[]} | null> {
  try {
    return await board.look()
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'NOT_INITIALIZED') return null
    throw error
  }
}

export function boardFinding(looked: {board: Board; warnings: string[]} | null): Finding {
  if (looked === null) return warning('this repository has no board yet', 'codex-planner init')
  const {board, warnings} = looked
  if (warnings.length > 0) return warning(warnings.join(' '), 'codex-planner init')
  return ok(`.codex/board, ${board.tasks.length} task(s), ${board.sessions.length} session record(s)`)
}

export async function archiveFinding({board}: Project): Promise<Finding> {
  const [tasks, starts] = [await board.archivedTasks(), await board.archivedStarts()]
  return ok(`.codex/board/archive, ${tasks.length} finished task(s), ${starts.length} session record(s)`)
}

export async function handoffsFinding({paths}: Project, {tasks}: Board): Promise<Finding> {
  const missing: Task[] = []
  for (const task of tasks)
    if (!(await readPage(paths, task.handoff_file, {offset: 0, maxBytes: 1}))) missing.push(task)
  const [first] = missing
  if (!first) return ok(`each of ${tasks.length} task(s) has its file`)
  return warning(
    `${missing.length} task(s) have no handoff file any more, ${first.id} first: ${first.handoff_file}`,
    pasteable(['codex-planner', 'update-task', first.id]),
  )
}

/** What a command began and did not end, because its process was killed: an operation, a change of the board, or a start of a session. */
export async function unfinishedFinding(project: Project, board: Board): Promise<Finding> {
  const {standing, unreadable} = await staleIntents(project)
  const [strange] = unreadable
  if (strange !== undefined) {
    return warning(
      `${strange} should be the record of a command in progress and cannot be read; it is left alone`,
      pasteable(['less', strange]),
    )
  }
  const onRecord = new Set(standing.map(({intent}) => intent.run))
  const starting = board.sessions.filter(({status, run}) => status === 'starting' && !onRecord.has(run))
  const stale = standing.map(({intent}) => intentName(intent))
  for (const {name, run} of starting) if (await isForsaken(project, run)) stale.push(`the start of ${name}`)
  // What stands in the journal counts already; whoever writes next completes the files.
  if ((await readJournal(project.paths)) !== undefined) stale.push('a change of the board')
  if (stale.length === 0) return ok(`${starting.length} start(s) under way, no command was cut short`)
  const onlyCleaning = stale.length === 1 && standing[0]?.intent.operation === 'clean'
  return warning(
    `${stale.join(', ')} was cut short, for its command was killed; the next launch finishes it or takes it back`,
    onlyCleaning ? 'codex-planner clean --apply' : 'codex-planner',
  )
}

/** Neither up nor ended, and nobody is there any more who makes it happen. */
async function isForsaken({paths}: Project, run: string): Promise<boolean> {
  const {owner, hello, exit} = await readRun(paths, run)
  if (hello || exit) return false
  return owner !== undefined && processState(owner, probeProcess(owner.pid)) === 'gone'
}

export async function sessionsFinding(project: Project, board: Board): Promise<Finding> {
  const facts = await factsOf(project, activeSessions(board).filter(isActive))
  const told = facts.map(({session, process}) => `${session.name} ${process.value}`)
  const gone = facts.filter(({process}) => process.value === 'gone')
  if (gone.length > 0) {
    return warning(`${names(gone)} ended without the board hearing of it; the next launch notes that`, 'codex-planner')
  }
  const unknown = facts.filter(({session, process}) => process.value === 'unknown' && session.status !== 'starting')
  const [first] = unknown
  if (first) {
    return warning(
      `whether ${names(unknown)} still runs cannot be told (${first.process.source}), so nothing is done with it`,
      pasteable(['codex-planner', 'show-session', first.session.name]),
    )
  }
  return ok(told.length === 0 ? 'none is active' : told.join(', '))
}

function names(facts: readonly SessionFacts[]): string {
  return facts.map(({session}) => session.name).join(', ')
}
