import type {Board} from './board.ts'
import {isActive, latestSession, type Session, workerName} from './session.ts'
import {isFinal, type Task} from './task.ts'

/** The task that a worktree was made for, as git's reason for the lock tells; undefined when we did not make it. */
export function madeFor(locked: string | null): string | undefined {
  return /^codex-planner (TASK-\d{3,9})$/.exec(locked ?? '')?.[1]
}

/** Every start that worked in this folder, or for this task. */
export function startsIn(board: Pick<Board, 'sessions'>, task: Pick<Task, 'id'>, folder: string): Session[] {
  return board.sessions.filter(({worktree, name}) => worktree === folder || name === workerName(task.id))
}

/** Why the board says that the worktree of this task is still needed; undefined when it does not. */
export function neededBy(board: Board, task: Task, folder: string): string | undefined {
  if (!isFinal(task.status)) return `${task.id} is ${task.status}; only what is done or cancelled is cleaned up.`
  const active = startsIn(board, task, folder).find(isActive)
  if (active) return `${active.name} is ${active.status}.`
  const other = board.tasks.find(({id, worktree, status}) => id !== task.id && worktree === folder && !isFinal(status))
  if (other) return `${other.id} works there too.`
  const suspended = [...new Set(startsIn(board, task, folder).map(({name}) => name))].find(
    name => latestSession(board, name)?.status === 'suspended',
  )
  return suspended === undefined ? undefined : `${suspended} is suspended and comes back there; close it first.`
}

/** How long a worktree stays in the trash at least. */
export const TRASH_DAYS = 14

/** What never came to the trash, or has a time that cannot be, is not old. */
export function isOld(movedAt: string, now: string): boolean {
  return Date.parse(now) - Date.parse(movedAt) > TRASH_DAYS * 86_400_000
}

/** As a person types it. */
export function shortBranch(ref: string | null): string | null {
  return ref?.replace(/^refs\/heads\//, '') ?? null
}

export interface CleanPlace {
  path: string
  task_id: string | null
  branch: string | null
  /** One sentence. */
  why: string
}

export interface Cleaned {
  kept: CleanPlace[]
  removable: CleanPlace[]
  /** Moved to the trash. */
  removed: CleanPlace[]
  /** Removed from the trash, for good. */
  emptied: CleanPlace[]
  /** How many worktrees the trash has now. */
  trash: number
}
