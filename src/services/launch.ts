import type {Session} from '../domain/session.ts'
import {printable} from '../domain/text.ts'
import {initProject} from './bootstrap.ts'
import {type Comeback, resumeSuspended} from './comeback.ts'
import {requireReadyHost} from './doctor.ts'
import {followMoves} from './moved.ts'
import {type PlannerStart, startPlanner} from './planner-session.ts'
import type {Project} from './project.ts'
import {reconcile} from './reconcile.ts'
import {registerTools} from './registration.ts'
import {type Attach, backendOf, showDashboard, shownIn, wayToTeam} from './terminals.ts'

export interface LaunchStep {
  title: string
  status: 'done' | 'skipped'
  detail: string
}

export interface Launched {
  steps: LaunchStep[]
  planner: Session
  /** Workers that stay suspended, and why. */
  left_suspended: Comeback['left']
  attach: Attach
}

/** What one step leaves for the next. */
interface Course {
  project: Project
  fresh: boolean
  start?: PlannerStart
  comeback?: Comeback
  attach?: Attach
}

export interface Step {
  title: string
  /** What was done; `skipped` when there was nothing to do. */
  run(): Promise<LaunchStep>
}

/** The nine steps of a bare call, each safe to repeat: a call that was cut short is finished by the next. */
export function launchSteps(
  project: Project,
  {newSession}: {newSession: boolean},
): {steps: Step[]; result: () => Omit<Launched, 'steps'>} {
  const course: Course = {project, fresh: newSession}
  const steps = STEPS.map(({title, run}) => ({
    title,
    run: async (): Promise<LaunchStep> => {
      const outcome = await run(course)
      return typeof outcome === 'string'
        ? {title, status: 'done', detail: outcome}
        : {title, status: 'skipped', detail: outcome.skipped}
    },
  }))
  return {
    steps,
    result: () => {
      const {start, comeback, attach} = course
      if (!start || !comeback || !attach) throw new Error('The launch is not over yet.')
      return {planner: start.session, left_suspended: comeback.left, attach}
    },
  }
}

type Outcome = string | {skipped: string}

const STEPS: {title: string; run: (course: Course) => Promise<Outcome>}[] = [
  {title: 'Check this machine', run: ({project}) => requireReadyHost(project)},
  {title: 'Prepare .codex/', run: prepare},
  {title: 'Register the tools with Codex', run: ({project}) => registerTools(project.host)},
  {title: 'Look after sessions that ended', run: lookAfterSessions},
  {title: 'Start a planner', run: course => planner(course, 'new')},
  {title: 'Resume conversations', run: resume},
  {title: 'Reuse the running planner', run: course => planner(course, 'reused')},
  {title: 'Show the dashboard', run: dashboard},
  {title: 'Find the way there', run: wayThere},
]

async function prepare({project}: Course): Promise<Outcome> {
  const {created} = await initProject(project)
  return created.length > 0 ? `made ${created.length} files` : {skipped: 'everything is there'}
}

async function lookAfterSessions({project}: Course): Promise<Outcome> {
  const moved = await followMoves(project)
  const {ended, lost, unknown} = await reconcile(project)
  const closed = ended.filter(name => !lost.includes(name))
  const parts = [
    ...(moved.length > 0 ? [`the worktree of ${moved.join(', ')} is connected again after a move`] : []),
    ...(lost.length > 0 ? [`${lost.join(', ')} ended without a word; worktree and conversation are kept`] : []),
    ...(closed.length > 0 ? [`${closed.join(', ')} had ended`] : []),
    ...(unknown.length > 0 ? [`${unknown.join(', ')} cannot be told; left alone`] : []),
  ]
  return parts.length > 0 ? parts.join('. ') : {skipped: 'none'}
}

/** Three steps, one of which applies; the first that is asked finds out which. */
async function planner(course: Course, how: PlannerStart['how']): Promise<Outcome> {
  course.start ??= await startPlanner(course.project, {newSession: course.fresh})
  const {start} = course
  if (start.how !== how)
    return {skipped: start.how === 'reused' ? 'it runs' : `it was ${start.how === 'new' ? 'started anew' : 'resumed'}`}
  const state =
    start.session.status === 'starting' ? `, still starting${await shownBy(course.project, start.session)}` : ''
  const thread = start.session.codex_session_id
  if (how === 'new')
    return `${start.why === null ? 'a new conversation' : `${start.why} A new one was started`}${state}`
  return `planner, ${thread === null ? 'its conversation is not known yet' : `conversation ${thread}`}${state}`
}

/** The planner's, then those of its suspended workers: by then there is somebody they can turn to. */
async function resume(course: Course): Promise<Outcome> {
  const own = await planner(course, 'resumed')
  const {resumed, left} = (course.comeback = await resumeSuspended(course.project))
  const workers = [
    ...(resumed.length > 0 ? [resumed.join(', ')] : []),
    ...left.map(({name, reason}) => `${name} stays suspended: ${reason}`),
  ]
  if (workers.length === 0) return own
  return [...(typeof own === 'string' ? [own] : []), ...workers].join('; ')
}

/** What a terminal shows that has not come up: mostly a question that only a person can answer, such as a login. */
async function shownBy(project: Project, session: Session): Promise<string> {
  const text = await shownIn(await backendOf(project.host, session), session.terminal)
  const lines = text.split('\n').map(line => printable(line.trim()))
  // Drawings and frames say nothing.
  const shown = lines.filter(line => /\p{L}{3}/u.test(line)).slice(0, 3)
  return shown.length > 0 ? `; its terminal shows: ${shown.join(' / ')}` : ''
}

async function dashboard({project}: Course): Promise<Outcome> {
  const board = await project.board.read()
  await showDashboard(project, board)
  const {found} = await project.host.terminalBackends()
  const backend = board.sessions.findLast(({name}) => name === 'planner')?.backend
  const has = found.some(({name, dashboard}) => name === backend && dashboard !== undefined)
  return has
    ? 'planner first, a window for each worker'
    : {skipped: `${backend} has none; each session has a window of its own`}
}

async function wayThere(course: Course): Promise<Outcome> {
  course.attach = await wayToTeam(course.project, await course.project.board.read())
  return course.attach.command === null ? course.attach.hint : 'codex-planner attach'
}
