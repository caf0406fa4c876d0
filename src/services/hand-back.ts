import {existsSync} from 'node:fs'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import type {Intent} from '../domain/intent.ts'
import {requireNotClosed, requireOwnTask} from '../domain/role.ts'
import {workerName} from '../domain/session.ts'
import {canMove, changeTask, requireMove, type Task, taskOf} from '../domain/task.ts'
import {tipOf} from './admission.ts'
import {undertake} from './intents.ts'
import {connectedWorktree} from './moved.ts'
import type {Project} from './project.ts'
import {heardFrom, record, sectionOf, statement, tellTeam} from './said.ts'
import {type Kept, keepSnapshotOf} from './snapshots.ts'

export interface HandBack {
  summary?: string | undefined
  details: readonly string[]
  force: boolean
}

export interface HandedBack {
  task: Task
  /** Paths in the worktree that are not committed; a snapshot keeps them. */
  uncommitted: string[]
  warnings: string[]
}

/** @throws PlannerError NOT_OWNER, INVALID_TRANSITION, NOTHING_HANDED_BACK */
export async function requestReview(
  project: Project,
  id: string,
  {summary, details, force}: HandBack,
): Promise<HandedBack> {
  requireOwnTask(project.caller, id)
  const before = await project.board.read()
  requireNotClosed(project.caller, before)
  const task = taskOf(before, id)
  requireMove(task, 'review_ready')
  const said = statement(summary, details)
  if (!force && said.summary === null && !(await hasCommits(project, task))) {
    throw new PlannerError(
      'NOTHING_HANDED_BACK',
      `${id} has no commit since ${task.base_commit?.slice(0, 12) ?? 'its start'} and no summary, so there is nothing to review.`,
      [`codex-planner request-review ${id} --summary 'what was found out'`],
    )
  }
  // Refused now, before anything is said.
  await connectedWorktree(project, task)
  const isSilent = said.summary === null && said.details.length === 0
  const entry = {author: project.author, about: 'hand-back', ...said} as const
  const section = isSilent ? null : await sectionOf(project, task, entry)
  const plan = {operation: 'hand-back', session: workerName(id), task_id: id, section, revision: task.revision} as const
  return undertake(project, plan, project => handBack(project, task, section))
}

async function handBack(project: Project, task: Task, section: string | null): Promise<HandedBack> {
  const {id, worktree} = task
  const {paths: uncommitted, kept} = await project.step('snapshot', () => keepWork(project, task))
  const board = await project.step('record', () =>
    record(
      project,
      task,
      section,
      board => changeTask(heardFrom(board, workerName(id)), id, {status: 'review_ready'}, project.host.now())[0],
    ),
  )
  await project.trace('request-review', {task: id, uncommitted: uncommitted.length})
  await project.step('wake', () => tellTeam(project, board))
  const unkept = kept ? [] : [`What is not committed could not be kept in a snapshot; it stands only in ${worktree}.`]
  return {task: taskOf(board, id), uncommitted, warnings: [...unkept, ...misplacedState(task)]}
}

/** Goes on with a hand-back that was cut short. A task that was changed since has had it, or has moved on. */
export async function finishHandBack(project: Project, {task_id, section, revision}: Intent): Promise<void> {
  const task = (await project.board.read()).tasks.find(({id}) => id === task_id)
  if (!task) return
  await keepWork(project, task)
  const board = await record(project, task, section, board => {
    const current = taskOf(board, task.id)
    if (current.revision !== revision || !canMove(current, 'review_ready')) return board
    return changeTask(board, task.id, {status: 'review_ready'}, project.host.now())[0]
  })
  await tellTeam(project, board)
}

async function keepWork(project: Project, task: Task): Promise<Kept> {
  const {id} = task
  const worktree = await connectedWorktree(project, task)
  if (worktree === null) return {paths: [], kept: true}
  return keepSnapshotOf(project, {name: workerName(id), role: 'worker', worktree}, 'hand-back')
}

async function hasCommits(project: Project, task: Task): Promise<boolean> {
  const there = task.worktree !== null && existsSync(task.worktree)
  const head = there ? await project.git.commit(task.worktree ?? '', 'HEAD') : await tipOf(project, task)
  return head !== null && head !== task.base_commit
}

/** A worktree has no board of its own: what an agent writes there by mistake reaches nobody. */
function misplacedState(task: Task): string[] {
  if (task.worktree === null) return []
  const {worktree} = task
  return ['board', 'handoffs', 'state']
    .map(name => path.join(worktree, '.codex', name))
    .filter(folder => existsSync(folder))
    .map(folder => `${folder} is not the team's; nothing in it was read.`)
}
