import {PlannerError} from '../domain/errors.ts'
import type {Intent} from '../domain/intent.ts'
import {requireNotClosed, requireOwnSession} from '../domain/role.ts'
import {latestSession, type Session, sessionOf} from '../domain/session.ts'
import {canMove, changeTask, requireMove, type Task, taskOf} from '../domain/task.ts'
import {requireText} from '../domain/text.ts'
import {carryOutWish, closeSession, wishingToEnd, withWish} from './ending.ts'
import {undertake} from './intents.ts'
import type {Project} from './project.ts'
import {heardFrom, record, sectionOf, statement, tellTeam} from './said.ts'

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
  requireNotClosed(project.caller, before)
  const {task_id: id, run} = sessionOf(before, question.session)
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
  const entry = {author: question.session, about: 'question', ...said, nextStep} as const
  const section = await sectionOf(project, task, entry)
  const about = {session: question.session, task_id: id, run, section, revision: task.revision}
  const status = question.close ? ('closed' as const) : null
  await undertake(project, {operation: 'question', ...about, status}, project => ask(project, task, question, section))
  const after = await project.board.read()
  return {task: taskOf(after, id), session: sessionOf(after, question.session)}
}

async function ask(project: Project, task: Task, {session, close}: Question, section: string | null): Promise<void> {
  const board = await project.step('record', () =>
    record(project, task, section, board => {
      const heard = heardFrom(board, session)
      // With the question, so that whoever is killed now has said both.
      const asked = close ? wishingToEnd(project, heard, session) : heard
      return changeTask(asked, task.id, {status: 'needs_input'}, project.host.now())[0]
    }),
  )
  await project.trace('request-input', {task: task.id, session})
  await project.step('wake', () => tellTeam(project, board))
  if (!close) return
  await project.step('end', () =>
    closeSession(project, session, {status: 'closed', taskStatus: null, keepTerminal: false}),
  )
}

/** Goes on with a question that was cut short. A task that was changed since has had it, or has moved on. */
export async function finishQuestion(project: Project, intent: Intent): Promise<void> {
  const {session: name, task_id, run, section, revision, status} = intent
  const task = (await project.board.read()).tasks.find(({id}) => id === task_id)
  if (!task || name === null) return
  const board = await record(project, task, section, board => {
    const current = taskOf(board, task.id)
    if (current.revision !== revision || !canMove(current, 'needs_input')) return board
    const asked = changeTask(board, task.id, {status: 'needs_input'}, project.host.now())[0]
    const session = latestSession(asked, name)
    if (status === null || session?.run !== run) return asked
    return withWish(asked, session, {status, task_status: null, asked_at: intent.begun_at, asked_by: intent.by})
  })
  await tellTeam(project, board)
  if (status !== null && run !== null) await carryOutWish(project, run)
}
