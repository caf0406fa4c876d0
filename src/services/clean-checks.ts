import {lstat} from 'node:fs/promises'
import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {madeFor, neededBy, startsIn} from '../domain/removal.ts'
import {processState} from '../domain/status.ts'
import type {Task} from '../domain/task.ts'
import {readRun} from '../store/runs.ts'
import {asWritten, processesIn} from '../system/folder-users.ts'
import type {Worktree} from '../system/git.ts'
import {hasSubmodule, isHeld, linkedGitFolder, underWay} from '../system/git-worktree-state.ts'
import {isNodeError} from '../system/node-error.ts'
import {commandLine, probeProcess} from '../system/process.ts'
import {factsOf} from './evidence.ts'
import type {Project} from './project.ts'
import {worktreesFolder} from './worktree-place.ts'

/** A worktree that nobody needs, as far as can be told without reading its files. */
export interface Spare {
  task: Task
  /** What git keeps of this worktree alone. */
  gitFolder: string
  head: string
}

/** Why a worktree is kept, in one sentence; else what there is to know about it. */
export type Verdict = {why: string} | {spare: Spare}

/** The task of a worktree of ours; null when git and the board do not agree about it. Undefined for a worktree that is not ours. */
export function ownerOf(board: Board, {path: folder, locked}: Worktree): Task | null | undefined {
  const made = madeFor(locked)
  const task = board.tasks.find(({worktree}) => worktree !== null && asWritten(worktree) === folder)
  if (made === undefined && !task) return undefined
  return task && task.id === made ? task : null
}

/** Looks, and changes nothing. What cannot be told keeps the worktree. */
export async function judge(project: Project, board: Board, worktree: Worktree): Promise<Verdict> {
  try {
    return await looked(project, board, worktree)
  } catch (error) {
    const expected = error instanceof PlannerError && (error.code === 'GIT_FAILED' || error.code === 'TIMEOUT')
    if (expected || isNodeError(error)) return {why: `It cannot be told whether it is needed: ${error.message}`}
    throw error
  }
}

async function looked(project: Project, board: Board, worktree: Worktree): Promise<Verdict> {
  const {path: folder, locked, head} = worktree
  const task = ownerOf(board, worktree)
  if (!task) {
    const why = madeFor(locked) === undefined ? 'git does not say that we made it' : 'no task on the board has it'
    return {why: `It is not known to be of this team: ${why}.`}
  }
  const needed = neededBy(board, task, folder) ?? (await placeReason(project, folder))
  if (needed !== undefined) return {why: needed}
  const gitFolder = await linkedGitFolder(folder, project.commonDir)
  if (gitFolder === undefined) return {why: 'Its .git and the repository do not name each other.'}
  if (head === null) return {why: 'Its HEAD is no commit.'}
  const used = (await runsReason(project, board, task, folder)) ?? usersReason(folder)
  const why = used ?? (await gitReason(project, folder, gitFolder, head))
  return why === undefined ? {spare: {task, gitFolder, head}} : {why}
}

async function placeReason(project: Project, folder: string): Promise<string | undefined> {
  let found: Awaited<ReturnType<typeof lstat>>
  try {
    found = await lstat(folder)
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ENOENT') throw error
    return 'Its folder is gone; its branch is there.'
  }
  if (!found.isDirectory()) return 'It is no real folder.'
  const base = worktreesFolder(project)
  const inside = asWritten(path.join(base, path.basename(folder))) === folder && asWritten(folder) === folder
  return inside ? undefined : `It is not directly in ${base}.`
}

/** A session counts as ended only when every start of it is proven gone. */
async function runsReason(project: Project, board: Board, task: Task, folder: string): Promise<string | undefined> {
  for (const {session, process} of await factsOf(project, startsIn(board, task, folder))) {
    if (process.value !== 'gone') return `Whether a process of ${session.name} runs is ${process.value}.`
    const {hello, exit} = await readRun(project.paths, session.run)
    if (hello && !exit && processState(hello, probeProcess(hello.pid)) === 'unknown')
      return `Whether a process of ${session.name} runs is unknown.`
  }
  return undefined
}

function usersReason(folder: string): string | undefined {
  const pids = processesIn(folder)
  if (pids === undefined) return 'Which processes work in it cannot be told on this machine.'
  const [pid] = pids
  return pid === undefined ? undefined : `Process ${pid} (${commandLine(pid).slice(0, 60)}) works in it.`
}

async function gitReason(
  {git, root}: Project,
  folder: string,
  gitFolder: string,
  head: string,
): Promise<string | undefined> {
  const found = await underWay(gitFolder)
  if (found !== undefined) return `Its Git folder has ${found}.`
  const [hidden] = await git.flagged(folder)
  if (hidden) return `git is told not to look at ${hidden.path} (assume-unchanged or skip-worktree).`
  if (await hasSubmodule(git, folder)) return 'It has a submodule, whose files a snapshot does not hold.'
  if (!(await isHeld(git, root, head))) return `Its HEAD ${head.slice(0, 12)} is on no branch and has no tag.`
  return undefined
}
