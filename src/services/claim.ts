import {randomBytes} from 'node:crypto'

import type {Board} from '../domain/board.ts'
import {isActive, latestSession, type Session} from '../domain/session.ts'
import {beginRun, forgetRun} from '../store/runs.ts'
import {identify} from '../system/process.ts'
import {undertake} from './intents.ts'
import type {Project} from './project.ts'
import type {StartRequest} from './start.ts'

/** Undertakes a start under a name of its own, its run. @throws PlannerError PROGRAM_MISSING */
export async function undertakeStart<Value>(
  project: Project,
  about: {session: string; task_id: string | null},
  work: (project: Project, run: string) => Promise<Value>,
): Promise<Value> {
  // A machine without Codex starts nothing, and finds out before anything is made.
  project.host.codex()
  const run = `${about.session}-${randomBytes(4).toString('hex')}`
  return undertake(project, {operation: 'start', ...about, run}, project => work(project, run))
}

export type ClaimRequest = Omit<StartRequest, 'prompt' | 'developerInstructions' | 'model'> & {
  /** The conversation is only opened, without a first message. */
  silent?: boolean
}

export interface Claimed {
  session: Session
  board: Board
  /** Another call started that session first; then this start never happens. */
  faster: Session | null
}

/**
 * Puts a start that this process makes happen on the board: from here on nobody else starts that session. `place` returns the board with the
 * record, or refuses.
 */
export function claimSession(
  project: Project,
  run: string,
  request: ClaimRequest,
  place: (board: Board, session: Session) => Board,
): Promise<Claimed> {
  return project.step('claim', async () => {
    const session = newSession(project, run, request)
    await beginRun(project.paths, run, identify(process.pid))
    let isClaimed = false
    try {
      const {board, value: faster} = await project.board.change(board => {
        isClaimed = false
        const other = latestSession(board, session.name)
        if (other && isActive(other)) return [board, other]
        const placed = place(board, session)
        isClaimed = true
        return [placed, null]
      })
      return {session, board, faster}
    } finally {
      if (!isClaimed) await forgetRun(project.paths, run)
    }
  })
}

function newSession(project: Project, run: string, request: ClaimRequest): Session {
  return {
    name: request.name,
    role: request.role,
    task_id: request.taskId,
    status: 'starting',
    backend: request.backend.name,
    terminal: null,
    codex_session_id: request.conversation,
    prompt_file: request.silent === true ? null : `.codex/state/rendered_prompts/${run}.md`,
    worktree: request.cwd,
    run,
    started_at: project.host.now(),
    ended_at: null,
    exit: null,
    ending: null,
    told_revision: request.toldRevision,
    wake_revision: null,
    wake_at: null,
    idle_revision: null,
    attention: null,
    revision: 0,
  }
}
