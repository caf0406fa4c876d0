import type {Board} from '../domain/board.ts'
import {type Entry, handoffSection, saysLast} from '../domain/handoff.ts'
import {changeSession, isActive, latestSession} from '../domain/session.ts'
import type {Task} from '../domain/task.ts'
import {requireItems, requireText} from '../domain/text.ts'
import {appendSection} from '../store/handoffs.ts'
import type {Project} from './project.ts'
import {refreshDashboard} from './terminals.ts'
import {wakePlanner} from './waking.ts'
import {endOfHandoff} from './worker-start.ts'

export interface Statement {
  summary: string | null
  details: readonly string[]
}

/** @throws PlannerError INVALID_ARGUMENT */
export function statement(summary: string | undefined, details: readonly string[]): Statement {
  return {
    summary: summary === undefined ? null : requireText(summary, {field: 'summary', max: 2000, lines: true}),
    details: requireItems(details, {field: 'detail', max: 8192, maxItems: 50, lines: true}),
  }
}

/** A worker that speaks runs, and does not stand still. */
export function heardFrom(board: Board, name: string): Board {
  const session = latestSession(board, name)
  if (!session || !isActive(session)) return board
  return changeSession(board, session.run, {attention: null, status: 'running'})
}

/** What was said goes into the handoff and changes the board, both or neither. Saying it again, word for word, adds nothing to the handoff. */
export async function record(
  project: Project,
  {handoff_file}: Pick<Task, 'handoff_file'>,
  section: string | null,
  decide: (board: Board) => Board,
): Promise<Board> {
  const {board} = await project.board.change(
    board => [decide(board), null],
    async () => {
      if (section !== null) await appendSection(project.paths, handoff_file, section)
    },
  )
  return board
}

/** The section that says it; null when the newest one on the page says the same: a call that was cut short is given again word for word. */
export async function sectionOf(project: Project, task: Task, entry: Omit<Entry, 'at'>): Promise<string | null> {
  const section = handoffSection({...entry, at: project.host.now()})
  return saysLast(await endOfHandoff(project, task), section) ? null : section
}

/** The dashboard and the planner hear of a change. */
export async function tellTeam(project: Project, board: Board): Promise<void> {
  await refreshDashboard(project, board)
  await wakePlanner(project)
}
