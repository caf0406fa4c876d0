import {existsSync} from 'node:fs'
import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {processState} from '../domain/status.ts'
import {readOwner, writeReady} from '../store/runs.ts'
import {startDetached} from '../system/detached.ts'
import {probeProcess} from '../system/process.ts'
import {isInside, repositoryAround} from '../system/program.ts'
import {selfCommand} from '../system/self.ts'
import type {Project} from './project.ts'
import {confirmUp, sessionIsUp} from './up.ts'

/** The start of a session that a tool server belongs to. Its server is the one process of ours that lives exactly as long as its Codex. */
export function servedSession(project: Project, run: string) {
  return {
    /** Codex started its tool server, so Codex itself is up. */
    async onStart(): Promise<void> {
      await writeReady(project.paths, run, {pid: process.pid, at: project.host.now()})
      if (await isWaitedFor(project, run)) setTimeout(confirm, CONFIRM_AFTER_MS, project, run).unref()
      else await sessionIsUp(project, run)
      // The only look that comes by itself: a first turn that never begins tells nobody. It keeps no process alive.
      setTimeout(lookOnce, LOOK_AFTER_MS, project, run).unref()
    },
    async onFirstCall(): Promise<void> {
      await confirmUp(project, run)
    },
    async onConversation(threadId: string): Promise<void> {
      const [{learnConversation}, {watchForFailures}] = await Promise.all([
        import('./reports.ts'),
        import('./record-watch.ts'),
      ])
      await learnConversation(project, run, threadId)
      await watchForFailures(project, run, threadId)
    },
    /** Codex is going. Its script tells how, unless its terminal was torn away; a process of its own waits for the proof. */
    async onEnd(): Promise<void> {
      const report = [...selfCommand(), 'internal', 'session-ended', '--repo-path', project.root, '--run', run]
      await startDetached(report, project.host.env, project.root)
    },
  }
}

/** Who starts a session waits until it is up and puts that on the board; then the server need not. */
async function isWaitedFor({paths}: Project, run: string): Promise<boolean> {
  const owner = await readOwner(paths, run)
  return owner !== undefined && processState(owner, probeProcess(owner.pid)) === 'alive'
}

/** For as long it is waited for at most. */
const CONFIRM_AFTER_MS = 10_000

function confirm(project: Project, run: string): void {
  void confirmUp(project, run).catch((error: unknown) => project.trace('confirm-failed', {reason: String(error)}))
}

/** A little after a first turn should have begun. */
const LOOK_AFTER_MS = 65_000

function lookOnce(project: Project, run: string): void {
  const look = async () => (await import('./trouble.ts')).noteTroubles(project, run)
  void look().catch((error: unknown) => project.trace('look-failed', {reason: String(error)}))
}

/** Whether a folder belongs to this project, from whichever worktree. */
export async function belongsTo(project: Project, folder: string): Promise<boolean> {
  try {
    return (await project.git.repository(folder)).root === project.root
  } catch (error) {
    if (error instanceof PlannerError) return false
    throw error
  }
}

/** Whether a folder is in a worktree that was made for a worker. The primary one never is, so there the board need not be read. */
export async function isWorkerFolder(project: Project, folder: string): Promise<boolean> {
  if (repositoryAround(folder) === project.root) return false
  try {
    const {tasks} = await project.board.read()
    return tasks.some(
      ({worktree}) => worktree !== null && existsSync(worktree) && isInside(path.resolve(folder), worktree),
    )
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'NOT_INITIALIZED') return false
    throw error
  }
}
