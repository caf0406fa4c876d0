import {existsSync} from 'node:fs'

import {PlannerError} from '../domain/errors.ts'
import type {Session} from '../domain/session.ts'
import {noteOf, SNAPSHOTS, snapshotId, snapshotMessage} from '../domain/snapshot.ts'
import {type Pending, pendingIn} from '../system/git-pending.ts'
import {type SnapshotRequest, writeSnapshot} from '../system/git-snapshot.ts'
import type {Project} from './project.ts'

type Owner = Pick<Session, 'name' | 'role' | 'worktree'>

export interface Kept {
  /** What is not committed, as far as git tells. */
  paths: string[]
  /** Nothing of it can be lost with the worktree. */
  kept: boolean
}

/**
 * Keeps what a worker has not committed under `refs/codex-planner/snapshots/`, without touching its files, index or stash. Nothing to keep,
 * nothing kept; and whoever ends with a session finds that another kept it already. Returns the paths that are not committed.
 */
export async function keepSnapshot(project: Project, session: Owner, reason: string): Promise<string[]> {
  return (await keepSnapshotOf(project, session, reason)).paths
}

/** The same, for those who tell somebody whether it could be kept. */
export async function keepSnapshotOf(project: Project, session: Owner, reason: string): Promise<Kept> {
  if (session.role !== 'worker' || !existsSync(session.worktree)) return {paths: [], kept: true}
  const paths = await ifGitCan(project, session, () => project.git.uncommitted(session.worktree))
  if (paths === undefined) return {paths: [], kept: false}
  const pending = await ifGitCan(project, session, () => pendingIn(project.git, session.worktree))
  if (pending === undefined) return {paths, kept: false}
  const kept = pending.leftOut.every(({why}) => why === 'ignored')
  if (pending.content.length === 0 && paths.length === 0) return {paths, kept}
  const commit = await ifGitCan(project, session, () => commitOf(project, session, reason, paths, pending))
  return {paths, kept: kept && commit !== undefined}
}

async function commitOf(
  project: Project,
  session: Owner,
  reason: string,
  paths: readonly string[],
  {content, absent, ignored, leftOut}: Pending,
): Promise<string> {
  const message = snapshotMessage(session.name, reason, noteOf(paths.length, ignored, leftOut))
  const earlier = await newestOf(project, session.name)
  const request = {worktree: session.worktree, message, content, absent, unlessLike: earlier}
  return (await storeSnapshot(project, session.name, request)).commit
}

async function newestOf(project: Project, session: string): Promise<string | undefined> {
  const format = ['--count=1', '--sort=-refname', '--format=%(objectname)']
  const out = await project.git.run(project.root, ['for-each-ref', ...format, `${SNAPSHOTS}${session}/`])
  return out.trim() || undefined
}

/** Under the next moment that is free. @throws PlannerError GIT_FAILED, TIMEOUT */
export async function storeSnapshot(
  project: Project,
  session: string,
  request: Omit<SnapshotRequest, 'ref' | 'scratch'>,
): Promise<{id: string; commit: string}> {
  const taken = Date.parse(project.host.now())
  for (let later = 0; ; later += 1) {
    const id = snapshotId(session, new Date(taken + later).toISOString())
    const ref = `${SNAPSHOTS}${id}`
    if (later < 100 && (await project.git.commit(project.root, ref)) !== null) continue
    const commit = await writeSnapshot(project.git, {...request, ref, scratch: project.paths.kept})
    if (commit !== request.unlessLike) {
      await project.trace('snapshot', {session, ref, commit, paths: request.content.length})
    }
    return {id, commit}
  }
}

/** A worktree that git cannot read, or not in time, stays where it is; what follows for the session does not depend on it. */
async function ifGitCan<Value>(
  project: Project,
  session: Owner,
  ask: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    const vanished = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const refused = error instanceof PlannerError && (error.code === 'GIT_FAILED' || error.code === 'TIMEOUT')
    if (!(vanished || refused)) throw error
    await project.trace('snapshot-failed', {session: session.name, reason: error.message})
    return undefined
  }
}
