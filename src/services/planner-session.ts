import {PlannerError} from '../domain/errors.ts'
import {renderTemplate} from '../domain/prompt.ts'
import {PLANNER_TEMPLATE, plannerReturns, plannerRole} from '../domain/prompts/planner.ts'
import {latestSession, PLANNER, type Session} from '../domain/session.ts'
import {ensureTemplate, readTemplate} from '../store/prompts.ts'
import {conversationFile} from '../system/codex.ts'
import type {Project} from './project.ts'
import {claimSession, newSession, startSession} from './start.ts'
import {backendFor, showDashboard} from './terminals.ts'
import {runningSession} from './workers.ts'

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
  const running = await runningSession(project, board, PLANNER)
  if (running) {
    if (!fresh) return {session: running, how: 'reused', why: null}
    throw new PlannerError('SESSION_BUSY', 'The planner is running; a new conversation would be a second planner.', [
      'codex-planner close-session planner',
    ])
  }
  const earlier = latestSession(board, PLANNER)
  const conversation = fresh ? null : (earlier?.codex_session_id ?? null)
  if (conversation === null) return start(project, null, earlier?.told_revision ?? 0, null)
  if ((await conversationFile(project.host.codexHome, conversation)) === undefined) {
    return start(project, null, 0, `Codex has no record of the conversation ${conversation} any more.`)
  }
  try {
    return await start(project, conversation, earlier?.told_revision ?? 0, null)
  } catch (error) {
    if (!(error instanceof PlannerError) || error.code !== 'START_FAILED') throw error
    return start(project, null, 0, `The conversation ${conversation} could not be resumed. ${error.message}`)
  }
}

async function start(
  project: Project,
  conversation: string | null,
  told: number,
  why: string | null,
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
  const session = newSession(project, request)
  await project.board.change(current => [claimSession(current, session), null])
  const started = await startSession(project, session, {
    ...request,
    prompt:
      conversation === null
        ? await newPrompt(project, board.revision)
        : plannerReturns('The terminal was opened anew.', told),
    developerInstructions: plannerRole({root: project.root, cli: project.paths.shim}),
    model: project.host.config.planner_model,
  })
  await showDashboard(project, await project.board.read())
  return {session: started, how: conversation === null ? 'new' : 'resumed', why}
}

async function newPrompt(project: Project, revision: number): Promise<string> {
  await ensureTemplate(project.paths, 'planner', PLANNER_TEMPLATE)
  return renderTemplate(
    (await readTemplate(project.paths, 'planner')) ?? PLANNER_TEMPLATE,
    {
      root: project.root,
      cli: project.paths.shim,
      revision: String(revision),
      session: PLANNER,
    },
    '.codex/prompts/planner.md',
  )
}
