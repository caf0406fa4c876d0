import {existsSync} from 'node:fs'

import type {Board} from '../../domain/board.ts'
import {pasteable} from '../../domain/shell.ts'
import {readTrash} from '../../store/trash.ts'
import {type Displaced, displaced, repairing} from '../moved.ts'
import type {Project} from '../project.ts'
import {worktreesFolder} from '../worktree-place.ts'
import {type Finding, ok, warning} from './finding.ts'

/** Whether every worktree of a task is where the board and git say, and finds its repository. */
export async function worktreesFinding(project: Project, {tasks}: Board): Promise<Finding> {
  const all = await displaced(project, tasks)
  const of = (state: Displaced['standing']['state']) => all.filter(({standing}) => standing.state === state)
  const [moved, noted, foreign, missing] = [of('moved'), of('noted'), of('foreign'), of('missing')]
  const repair = repairing(project, moved)
  if (repair !== null) return warning(`${moved.map(toldOf).join('; ')}; nothing in it is lost`, repair)
  if (noted.length > 0)
    return warning(`git has ${idsOf(noted)} elsewhere than the board says; the next launch notes that`, 'codex-planner')
  const [taken] = foreign
  if (taken) {
    return warning(
      `${taken.wanted}, the worktree of ${taken.task.id}, belongs to another repository now; it is left as it is`,
      pasteable(['git', '-C', taken.wanted, 'rev-parse', '--git-common-dir']),
    )
  }
  const [gone] = missing
  if (gone) {
    const others = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    return warning(
      `${gone.wanted}, the worktree of ${gone.task.id}${others}, is gone. If it was moved, move it back, or tell git with git worktree repair; else its branch has what was committed, and a worker's next start makes it again`,
      pasteable(['git', '-C', project.root, 'worktree', 'list']),
    )
  }
  return ok(`each of ${tasks.filter(({worktree}) => worktree !== null).length} is in its place, or was put away`)
}

function toldOf({task, wanted, standing}: Displaced): string {
  return standing.state === 'moved' && standing.folder !== wanted
    ? `the worktree of ${task.id} was moved to ${standing.folder}`
    : `${wanted}, the worktree of ${task.id}, does not find the repository, which was moved`
}

function idsOf(all: readonly Displaced[]): string {
  return `the worktree of ${all.map(({task}) => task.id).join(', ')}`
}

/** Moves to the trash of which only the first half was done. */
export async function trashFinding(project: Project): Promise<Finding> {
  const places = {worktrees: worktreesFolder(project), trashedGit: project.paths.trashedGit}
  const {entries} = await readTrash(places)
  const cut = entries.filter(({has, note}) => has.worktree && !has.gitFolder && !existsSync(note.path))
  if (cut.length === 0) return ok(`${entries.length} worktree(s) in the trash, no move was cut short`)
  return warning(
    `the move of ${cut.map(({note}) => note.path).join(', ')} to the trash was cut short, for its command was killed`,
    'codex-planner clean --apply',
  )
}
