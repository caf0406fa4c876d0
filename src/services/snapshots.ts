import {existsSync} from 'node:fs'

import {PlannerError} from '../domain/errors.ts'
import type {Session} from '../domain/session.ts'
import type {Project} from './project.ts'

/**
 * Keeps what a worker has not committed under `refs/codex-planner/snapshots/`, without touching its files, index or stash. Nothing to keep,
 * nothing kept. Returns the paths that are not committed.
 */
export async function keepSnapshot(
  project: Project,
  session: Pick<Session, 'name' | 'role' | 'worktree'>,
  reason: string,
): Promise<string[]> {
  if (session.role !== 'worker' || !existsSync(session.worktree)) return []
  try {
    const paths = await project.git.uncommitted(session.worktree)
    if (paths.length === 0) return []
    const stamp = project.host.now().replaceAll(/[-:]/g, '').replace('.', '-')
    const ref = `refs/codex-planner/snapshots/${session.name}/${stamp}`
    const message = `codex-planner: ${session.name}, ${reason}\n\n${paths.length} path(s) were not committed.\n`
    const commit = await project.git.snapshot(session.worktree, ref, message, project.paths.kept)
    await project.trace('snapshot', {session: session.name, ref, commit, paths: paths.length})
    return paths
  } catch (error) {
    // A worktree that git cannot read any more stays where it is; ending the session does not depend on it.
    if (!(error instanceof PlannerError) || error.code !== 'GIT_FAILED') throw error
    await project.trace('snapshot-failed', {session: session.name, reason: error.message})
    return []
  }
}
