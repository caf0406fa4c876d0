import {existsSync} from 'node:fs'
import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {handoffSection, saysLast} from '../domain/handoff.ts'
import {workerReturns} from '../domain/prompts/worker.ts'
import {requireOwnSession, requireOwnTask} from '../domain/role.ts'
import {
  changeSession,
  isActive,
  latestConversation,
  latestSession,
  type Session,
  sessionOf,
  workerName,
} from '../domain/session.ts'
import {changeTask, requireMove, type Task, taskOf} from '../domain/task.ts'
import {requireItems, requireText} from '../domain/text.ts'
import {appendSection} from '../store/handoffs.ts'
import {admission, deferred, tipOf} from './admission.ts'
import {bringBack, recorded} from './comeback.ts'
import {closeSession, wishingToEnd} from './ending.ts'
import type {Project} from './project.ts'
import {runningSession} from './running.ts'
import {keepSnapshotOf} from './snapshots.ts'
import {refreshDashboard} from './terminals.ts'
import {wakePlanner} from './waking.ts'
import {endOfHandoff} from './worker-start.ts'

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
  const task = taskOf(await project.board.read(), id)
  requireMove(task, 'review_ready')
  const said = statement(summary, details)
  if (!force && said.summary === null && !(await hasCommits(project, task))) {
    throw new PlannerError(
      'NOTHING_HANDED_BACK',
      `${id} has no commit since ${task.base_commit?.slice(0, 12) ?? 'its start'} and no summary, so there is nothing to review.`,
      [`codex-planner request-review ${id} --summary 'what was found out'`],
    )
  }
  const name = workerName(id)
  const {paths: uncommitted, kept} =
    task.worktree === null
      ? {paths: [], kept: true}
      : await keepSnapshotOf(project, {name, role: 'worker', worktree: task.worktree}, 'hand-back')
  const at = project.host.now()
  const {board} = await project.board.change(
    board => [changeTask(heardFrom(board, name), id, {status: 'review_ready'}, at)[0], null],
    async () => {
      if (said.summary === null && said.details.length === 0) return
      await appendSection(
        project.paths,
        task.handoff_file,
        handoffSection({at, author: project.author, about: 'hand-back', ...said}),
      )
    },
  )
  await project.trace('request-review', {task: id, uncommitted: uncommitted.length})
  await refreshDashboard(project, board)
  await wakePlanner(project)
  const unkept = kept
    ? []
    : [`What is not committed could not be kept in a snapshot; it stands only in ${task.worktree}.`]
  return {task: taskOf(board, id), uncommitted, warnings: [...unkept, ...misplacedState(task)]}
}

/** A worker that speaks runs, and does not stand still. */
function heardFrom(board: Board, name: string): Board {
  const session = latestSession(board, name)
  if (!session || !isActive(session)) return board
  return changeSession(board, session.run, {attention: null, status: 'running'})
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

function statement(summary: string | undefined, details: readonly string[]) {
  return {
    summary: summary === undefined ? null : requireText(summary, {field: 'summary', max: 2000, lines: true}),
    details: requireItems(details, {field: 'detail', max: 8192, maxItems: 50, lines: true}),
  }
}

export interface Question {
  session: string
  summary: string
  details: readonly string[]
  recommendedNextStep?: string | undefined
  close: boolean
}

/** @throws PlannerError NOT_OWNER, SESSION_NOT_FOUND, INVALID_TRANSITION */
export async function requestInput(project: Project, question: Question): Promise<{task: Task; session: Session}> {
  requireOwnSession(project.caller, question.session)
  const before = await project.board.read()
  const id = sessionOf(before, question.session).task_id
  if (id === null) {
    throw new PlannerError('INVALID_ARGUMENT', `${question.session} has no task; only workers ask this way.`, [
      'codex-planner list-sessions',
    ])
  }
  const task = taskOf(before, id)
  requireMove(task, 'needs_input')
  const said = statement(question.summary, question.details)
  const nextStep =
    question.recommendedNextStep === undefined
      ? null
      : requireText(question.recommendedNextStep, {field: 'recommended_next_step', max: 2000, lines: true})
  const at = project.host.now()
  const {board} = await project.board.change(
    board => {
      const heard = heardFrom(board, question.session)
      // With the question, so that whoever is killed now has said both.
      const asked = question.close ? wishingToEnd(project, heard, question.session) : heard
      return [changeTask(asked, id, {status: 'needs_input'}, at)[0], null]
    },
    () =>
      appendSection(
        project.paths,
        task.handoff_file,
        handoffSection({at, author: question.session, about: 'question', ...said, nextStep}),
      ),
  )
  await project.trace('request-input', {task: id, session: question.session})
  await refreshDashboard(project, board)
  await wakePlanner(project)
  if (question.close) {
    await closeSession(project, question.session, {status: 'closed', taskStatus: null, keepTerminal: false})
  }
  const after = await project.board.read()
  return {task: taskOf(after, id), session: sessionOf(after, question.session)}
}

/** From where a worker goes on with a note. */
const RESUMABLE = ['needs_input', 'blocked', 'review_ready', 'in_progress']

/**
 * Gives a worker its answer: into its conversation while it runs, else as the prompt with which it comes back, in the same worktree and, when
 * Codex still has it, the same conversation. That is a start like any other, so policies are asked; the note waits in the handoff when they
 * refuse it.
 * @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, SESSION_UNKNOWN, WORKER_DEFERRED, PLUGIN_FAILED, START_FAILED
 */
export async function resumeTask(
  project: Project,
  id: string,
  notes: readonly string[],
): Promise<{task: Task; session: Session}> {
  const texts = requireItems(notes, {field: 'note', max: 8192, maxItems: 50, lines: true})
  let board = await project.board.read()
  const task = taskOf(board, id)
  if (!RESUMABLE.includes(task.status)) {
    throw new PlannerError('INVALID_TRANSITION', `${id} is ${task.status}; there is no worker to go on.`, [
      task.status === 'todo' ? `codex-planner spawn-worker ${id}` : `codex-planner show-task ${id}`,
    ])
  }
  const name = workerName(id)
  const earlier = latestSession(board, name)
  if (!earlier || task.base_commit === null) {
    throw new PlannerError('SESSION_NOT_FOUND', `${id} never had a worker.`, [`codex-planner spawn-worker ${id}`])
  }
  const running = await runningSession(project, board, name)
  if (running?.ending) {
    throw new PlannerError('SESSION_BUSY', `${name} is about to end; its answer can be given when it has.`, [
      `codex-planner show-session ${name}`,
    ])
  }
  if (running) {
    await answerRunning(project, running, task, texts)
  } else {
    board = await project.board.read()
    const known = latestConversation(board, name)
    const conversation = await recorded(project, known)
    const judge = await admission(project)
    await noteAnswer(project, task, texts)
    const requireAdmitted = (current: Board, task: Task): void => {
      const refusal = judge(current, task)
      if (!refusal) return
      const {reason, retryAfterSeconds} = refusal
      const kept = {reason: `${reason} The note is in the handoff.`, retryAfterSeconds}
      throw deferred(task, kept, `codex-planner resume-task ${id} --note 'Read the handoff and go on.'`)
    }
    requireAdmitted(board, task)
    await bringBack(project, task, conversation, {
      message: fresh => workerReturns(task.id, shown(texts), fresh),
      fresh: conversation === null && known !== null,
      judge: (board, current) => {
        requireMove(current, 'in_progress')
        requireAdmitted(board, current)
      },
    })
  }
  await project.trace('resume-task', {task: id, running: running !== undefined})
  const after = await project.board.read()
  await refreshDashboard(project, after)
  return {task: taskOf(after, id), session: sessionOf(after, name)}
}

function answerSection(project: Project, task: Task, notes: readonly string[]): string {
  const about = task.status === 'review_ready' ? 'sent back' : 'answer'
  return handoffSection({at: project.host.now(), author: project.author, about, summary: null, details: notes})
}

/** Once, however often a call that cannot go through yet is given. */
async function noteAnswer(project: Project, task: Task, notes: readonly string[]): Promise<void> {
  const section = answerSection(project, task, notes)
  if (saysLast(await endOfHandoff(project, task), section)) return
  await project.board.change(
    board => [board, null],
    () => appendSection(project.paths, task.handoff_file, section),
  )
}

/** @throws PlannerError SESSION_BUSY while it cannot be reached */
async function answerRunning(project: Project, session: Session, task: Task, notes: readonly string[]): Promise<void> {
  const conversation = session.codex_session_id
  if (conversation === null) {
    throw new PlannerError('SESSION_BUSY', `${session.name} runs, but its conversation is not known yet.`, [
      `codex-planner attach ${session.name}`,
    ])
  }
  await project.host.codex().queue(conversation, workerReturns(task.id, shown(notes), false))
  const section = answerSection(project, task, notes)
  const {value: reached} = await project.board.change(
    board => {
      const current = board.sessions.find(({run}) => run === session.run)
      if (!current || !isActive(current)) return [board, false]
      const wait = {attention: null, wake_revision: board.revision, wake_at: project.host.now()}
      const answered = changeSession(board, session.run, wait)
      return [changeTask(answered, task.id, {status: 'in_progress'}, project.host.now())[0], true]
    },
    () => appendSection(project.paths, task.handoff_file, section),
  )
  if (reached) return
  throw new PlannerError('SESSION_BUSY', `${session.name} ended at this moment; the note is in the handoff.`, [
    `codex-planner resume-task ${task.id} --note 'Read the handoff and go on.'`,
  ])
}

function shown(notes: readonly string[]): string {
  return notes.join('\n\n')
}
