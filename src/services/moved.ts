import {existsSync} from 'node:fs'
import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {madeFor} from '../domain/removal.ts'
import {changeSession} from '../domain/session.ts'
import {pasteable} from '../domain/shell.ts'
import {changeTask, type Task} from '../domain/task.ts'
import {type Named, type Standing, standingOf} from '../domain/worktree-place.ts'
import {asWritten} from '../system/folder-users.ts'
import {linksOf, namedGitFolder, type WorktreeLink} from '../system/git-links.ts'
import type {Project} from './project.ts'
import {requireOwnPlace, worktreesFolder, worktreesFolderOf} from './worktree-place.ts'

/** A worktree of a task that is not where the board or git says, or that does not find its repository any more. */
export interface Displaced {
  task: Task
  /** Where git looks for it. */
  wanted: string
  /** `noted`: git has it at `wanted`, and only the board does not know. */
  standing: Exclude<Standing, {state: 'linked'}> | {state: 'noted'}
}

/** Of these tasks, those whose worktree was moved, or whose repository was. It changes nothing. */
export async function displaced(project: Project, tasks: readonly Task[]): Promise<Displaced[]> {
  const links = await linksOf(project.commonDir)
  const found: Displaced[] = []
  for (const task of tasks) {
    const link = linkOf(links, task)
    if (link === undefined) continue
    const standing = await judged(project, link)
    const {worktree: wanted} = link
    if (standing.state !== 'linked') found.push({task, wanted, standing})
    else if (isElsewhere(task, wanted)) found.push({task, wanted, standing: {state: 'noted'}})
  }
  return found
}

/** By its place, else by the reason that git keeps with it. */
function linkOf(links: readonly WorktreeLink[], {id, worktree}: Task): WorktreeLink | undefined {
  if (worktree === null) return undefined
  const place = asWritten(worktree)
  const made = links.filter(({locked}) => madeFor(locked) === id)
  return links.find(link => link.worktree === place) ?? (made.length === 1 ? made[0] : undefined)
}

function isElsewhere({worktree}: Task, wanted: string): boolean {
  return worktree !== null && asWritten(worktree) !== wanted && !existsSync(worktree)
}

async function judged(project: Project, {worktree: wanted, gitFolder}: WorktreeLink): Promise<Standing> {
  const there = await named(wanted)
  const others = there === undefined ? await Promise.all(candidates(project, wanted).map(named)) : []
  const past = (root: string) => worktreesFolderOf(project.host, root)
  return standingOf(
    {wanted, gitFolder},
    there,
    others.filter(one => one !== undefined),
    past,
  )
}

async function named(folder: string): Promise<Named | undefined> {
  const found = await namedGitFolder(folder)
  return found && {folder, ...found}
}

/** Where worktrees of this repository are made now, and a folder of the old name beside the repository. */
function candidates(project: Project, wanted: string): string[] {
  const name = path.basename(wanted)
  const beside = path.join(path.dirname(project.root), path.basename(path.dirname(wanted)), name)
  return [...new Set([path.join(worktreesFolder(project), name), beside])].filter(folder => folder !== wanted)
}

/** The line that connects them again; null where it cannot be known. */
export function repairing({root}: Pick<Project, 'root'>, all: readonly Displaced[]): string | null {
  const folders = all.flatMap(({standing}) => (standing.state === 'moved' ? [standing.folder] : []))
  return folders.length === 0 ? null : pasteable(['git', '-C', root, 'worktree', 'repair', ...folders])
}

/**
 * Where a task's worktree is, or will be made. One that was moved, or whose repository was, is connected with it again when both prove that
 * they belong together. @throws PlannerError GIT_FAILED with the line that does it when they do not; UNSAFE_FOLDER
 */
export async function worktreeOf(project: Project, board: Board, task: Task): Promise<string> {
  const place = task.worktree ?? path.join(worktreesFolder(project), task.id.toLowerCase())
  requireOwnPlace(board, task, place)
  const [one] = await displaced(project, [task])
  return (one && (await reconnect(project, one))) ?? place
}

/** Undefined when there is nothing to connect. */
async function reconnect(project: Project, one: Displaced): Promise<string | undefined> {
  const {task, standing, wanted} = one
  if (standing.state === 'noted') return wanted
  if (standing.state !== 'moved') return undefined
  const {folder, certain} = standing
  if (!certain) throw apart(project, one)
  await project.git.run(project.root, ['worktree', 'repair', folder])
  if ((await displaced(project, [task])).some(({standing}) => standing.state === 'moved')) throw apart(project, one)
  await project.trace('worktree-reconnected', {task: task.id, from: wanted, to: folder})
  const moved = folder === wanted ? `The repository of ${folder}` : `The worktree of ${task.id}`
  const where = folder === wanted ? project.root : folder
  project.warn(`${moved} was moved to ${where}; git was told, and all that is in it is as it was.`)
  return folder
}

/** Where it is, for commands that connect nothing; null before there is one. @throws PlannerError GIT_FAILED with the line that connects it */
export async function connectedWorktree(project: Project, task: Task): Promise<string | null> {
  const [one] = await displaced(project, [task])
  if (one?.standing.state === 'moved') throw apart(project, one)
  return one?.standing.state === 'noted' ? one.wanted : task.worktree
}

function apart(project: Project, one: Displaced): PlannerError {
  const {task, wanted} = one
  const to = one.standing.state === 'moved' && one.standing.folder !== wanted ? one.standing.folder : undefined
  const what =
    to === undefined
      ? `The worktree of ${task.id}, ${wanted}, does not find the repository, which was moved to ${project.root}.`
      : `The worktree of ${task.id} was moved to ${to}, and git looks for it in ${wanted}.`
  return new PlannerError('GIT_FAILED', what, [repairing(project, [one]) ?? 'codex-planner doctor'])
}

/** Connects every worktree that was moved, and has the board name the place. What cannot be proven is left as it is. Tells whose were. */
export async function followMoves(project: Project): Promise<string[]> {
  const places = new Map<string, string>()
  for (const one of await displaced(project, (await project.board.read()).tasks)) {
    const {state} = one.standing
    if (state !== 'noted' && !(state === 'moved' && one.standing.certain)) continue
    const place = await reconnect(project, one)
    if (place !== undefined) places.set(one.task.id, place)
  }
  if (places.size === 0) return []
  await project.board.change(board => [
    [...places].reduce((next, [id, place]) => moved(project, next, id, place), board),
    null,
  ])
  return [...places.keys()]
}

/** The task and the sessions that worked there. */
function moved(project: Project, board: Board, id: string, place: string): Board {
  const before = board.tasks.find(task => task.id === id)?.worktree
  if (before === undefined || before === place) return board
  const [changed] = changeTask(board, id, {worktree: place}, project.host.now())
  const theirs = board.sessions.filter(({task_id, worktree}) => task_id === id && worktree === before)
  return theirs.reduce((next, {run}) => changeSession(next, run, {worktree: place}), changed)
}
