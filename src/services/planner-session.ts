import type {Board} from '../domain/board.ts'
import {knownRevision} from '../domain/change.ts'
import {PlannerError} from '../domain/errors.ts'
import {renderTemplate} from '../domain/prompt.ts'
import {plannerReturns, plannerRole} from '../domain/prompts/planner.ts'
import {addSession, latestConversation, latestSession, PLANNER, type Session, sessionOf} from '../domain/session.ts'
import {waitForRun} from '../store/runs.ts'
import {conversationFile} from '../system/codex.ts'
import {claimSession, undertakeStart} from './claim.ts'
import {recordOf, runsInOriginal} from './evidence.ts'
import type {Project} from './project.ts'
import {runningSession} from './running.ts'
import {startSession} from './start.ts'
import {templateOf} from './template.ts'
import {backendFor, refreshDashboard} from './terminals.ts'

export interface PlannerStart {
  session: Session
  how: 'reused' | 'resumed' | 'new'
  /** Why a conversation that was on record was not resumed. */
  why: string | null
}

/** Reuses the planner that runs, else goes on with its last conversation, else starts a new one. */
export async function startPlanner(
  project: Project,
  {newSession: fresh}: {newSession: boolean},
): Promise<PlannerStart> {
  const board = await project.board.read()
  const running = await settledSession(project, board)
  if (running) {
    if (!fresh) return {session: running, how: 'reused', why: null}
    throw new PlannerError('SESSION_BUSY', 'The planner is running; a new conversation would be a second planner.', [
      'codex-planner close-session planner',
    ])
  }
  const earlier = latestSession(board, PLANNER)
  const conversation = fresh ? null : latestConversation(board, PLANNER)
  if (conversation === null) return start(project, null, 0, null)
  if (earlier && (await runsInOriginal(project, earlier))) {
    return start(
      project,
      null,
      0,
      `The conversation ${conversation} goes on in the repository this one was copied from.`,
    )
  }
  if ((await conversationFile(project.host.codexHome, conversation)) === undefined) {
    return start(project, null, 0, `Codex has no record of the conversation ${conversation} any more.`)
  }
  try {
    const known = knownRevision(earlier?.told_revision ?? 0, await recordOf(project, conversation))
    return await start(project, conversation, known, null, earlier?.status === 'suspended')
  } catch (error) {
    if (!(error instanceof PlannerError) || error.code !== 'START_FAILED') throw error
    return start(project, null, 0, `The conversation ${conversation} could not be resumed. ${error.message}`)
  }
}

const START_MS = 20_000

/** The planner that runs; one that another call is starting is waited for, so that there is a terminal to go to. */
async function settledSession(project: Project, board: Board): Promise<Session | undefined> {
  const session = await runningSession(project, board, PLANNER)
  if (session?.status !== 'starting') return session
  await waitForRun(project.paths, session.run, ['ready', 'exit'], START_MS)
  return runningSession(project, await project.board.read(), PLANNER)
}

function start(
  project: Project,
  conversation: string | null,
  told: number,
  why: string | null,
  suspended = false,
): Promise<PlannerStart> {
  return undertakeStart(project, {session: PLANNER, task_id: null}, (project, run) =>
    startOf(project, run, conversation, told, why, suspended),
  )
}

async function startOf(
  project: Project,
  run: string,
  conversation: string | null,
  told: number,
  why: string | null,
  suspended: boolean,
): Promise<PlannerStart> {
  const board = await project.board.read()
  const backend = await backendFor(project, board)
  const request = {
    role: 'planner' as const,
    name: PLANNER,
    taskId: null,
    cwd: project.root,
    conversation,
    backend,
    toldRevision: conversation === null ? board.revision : told,
  }
  const {session, faster} = await claimSession(project, run, request, (current, claimed) => {
    // The first message of a resumed planner is itself the one that waits for it.
    const idle_revision = latestSession(current, PLANNER)?.idle_revision ?? null
    const waits = {wake_revision: board.revision, wake_at: claimed.started_at, idle_revision}
    return addSession(current, {...claimed, ...(conversation === null ? {} : waits)})
  })
  if (faster) {
    const other = await settledSession(project, await project.board.read())
    if (other) return {session: other, how: 'reused', why: null}
    throw new PlannerError('SESSION_BUSY', 'Another call started the planner, and it ended at once.', ['codex-planner'])
  }
  const after = await startSession(project, session, async () => ({
    ...request,
    prompt:
      conversation === null
        ? await newPrompt(project, board.revision)
        : plannerReturns(suspended ? 'The team was suspended and goes on now.' : 'The terminal was opened anew.', told),
    developerInstructions: plannerRole({root: project.root, cli: project.paths.shim}),
    model: project.host.config.planner_model,
  }))
  await refreshDashboard(project, after)
  return {session: sessionOf(after, PLANNER), how: conversation === null ? 'new' : 'resumed', why}
}

async function newPrompt(project: Project, revision: number): Promise<string> {
  return renderTemplate(
    await templateOf(project, 'planner'),
    {
      root: project.root,
      cli: project.paths.shim,
      revision: String(revision),
      session: PLANNER,
    },
    '.codex/prompts/planner.md',
  )
}
