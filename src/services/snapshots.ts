import {existsSync} from 'node:fs'

import {PlannerError} from '../domain/errors.ts'
import type {Session} from '../domain/session.ts'
import type {Project} from './project.ts'

type Owner = Pick<Session, 'name' | 'role' | 'worktree'>

export interface Snapshot {
  /** What is not committed, as far as git tells. */
  paths: string[]
  /** Nothing of it can be lost with the worktree. */
  kept: boolean
}

/**
 * Keeps what a worker has not committed under `refs/codex-planner/snapshots/`, without touching its files, index or stash. Nothing to keep,
 * nothing kept. Returns the paths that are not committed.
 */
export async function keepSnapshot(project: Project, session: Owner, reason: string): Promise<string[]> {
  return (await keepSnapshotOf(project, session, reason)).paths
}

/** The same, for those who tell somebody whether it could be kept. */
export async function keepSnapshotOf(project: Project, session: Owner, reason: string): Promise<Snapshot> {
  if (session.role !== 'worker' || !existsSync(session.worktree)) return {paths: [], kept: true}
  const paths = await ifGitCan(project, session, () => project.git.uncommitted(session.worktree))
  if (paths === undefined) return {paths: [], kept: false}
  if (paths.length === 0) return {paths, kept: true}
  const commit = await ifGitCan(project, session, () => commitOf(project, session, reason, paths))
  return {paths, kept: commit !== undefined}
}

async function commitOf(project: Project, session: Owner, reason: string, paths: readonly string[]): Promise<string> {
  const stamp = project.host.now().replaceAll(/[-:]/g, '').replace('.', '-')
  const ref = `refs/codex-planner/snapshots/${session.name}/${stamp}`
  const message = `codex-planner: ${session.name}, ${reason}\n\n${paths.length} path(s) were not committed.\n`
  const commit = await project.git.snapshot(session.worktree, ref, message, project.paths.kept)
  await project.trace('snapshot', {session: session.name, ref, commit, paths: paths.length})
  return commit
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
    if (!(error instanceof PlannerError) || !(error.code === 'GIT_FAILED' || error.code === 'TIMEOUT')) throw error
    await project.trace('snapshot-failed', {session: session.name, reason: error.message})
    return undefined
  }
}
