import {existsSync} from 'node:fs'
import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {type Cleaned, type CleanPlace, shortBranch} from '../domain/removal.ts'
import {snapshotId} from '../domain/snapshot.ts'
import {dropEmpty, finishMove, moveToTrash, readTrash, type TrashEntry, type TrashPlaces} from '../store/trash.ts'
import type {Worktree} from '../system/git.ts'
import {linkedGitFolderOf} from '../system/git-worktree-state.ts'
import {isNodeError} from '../system/node-error.ts'
import {judge, ownerOf, type Spare} from './clean-checks.ts'
import {emptyTrash} from './empty-trash.ts'
import {endStale, undertake} from './intents.ts'
import type {Project} from './project.ts'
import {contentOf, type Proof, provenSnapshot, standsAs} from './whole-snapshot.ts'
import {worktreesFolder} from './worktree-place.ts'

/**
 * Looks at every worktree of ours and says why it is needed or not. With `apply`, those that are not go to the trash, after a snapshot that
 * was compared with every byte of them. No branch is ever removed. @throws PlannerError NOT_INITIALIZED, GIT_FAILED, UNSAFE_FILE
 */
export async function cleanWorktrees(
  project: Project,
  options: {apply: boolean; emptyTrash: boolean},
): Promise<Cleaned> {
  if (!options.apply && !options.emptyTrash) return lookAtWorktrees(project, options)
  const cleaned = await undertake(project, {operation: 'clean'}, project =>
    project.step('worktrees', () => lookAtWorktrees(project, options)),
  )
  // This call has gone on with whatever an earlier one began.
  await endStale(project, 'clean')
  return cleaned
}

async function lookAtWorktrees(project: Project, options: {apply: boolean; emptyTrash: boolean}): Promise<Cleaned> {
  const places = {worktrees: worktreesFolder(project), trashedGit: project.paths.trashedGit}
  const cleaned: Cleaned = {kept: [], removable: [], removed: [], emptied: [], trash: 0}
  await goOn(project, places, cleaned, options.apply)
  const board = await project.board.read()
  const halfMoved = new Set(cleaned.removable.map(place => place.path))
  const [, ...linked] = await project.git.worktrees(project.root)
  for (const worktree of linked.filter(one => !halfMoved.has(one.path))) {
    if (ownerOf(board, worktree) !== undefined) await look(project, places, board, worktree, cleaned, options.apply)
  }
  if (options.emptyTrash) await emptyTrash(project, places, cleaned)
  const {entries, unreadable} = await readTrash(places)
  cleaned.kept.push(...unreadable.map(strange))
  return {...cleaned, trash: entries.filter(entry => entry.has.worktree).length}
}

/** What an earlier call began and did not end, because it was killed. */
async function goOn(project: Project, places: TrashPlaces, cleaned: Cleaned, apply: boolean): Promise<void> {
  const isCut = ({has}: TrashEntry) => !has.gitFolder
  if (!(await readTrash(places)).entries.some(isCut)) return
  const finish = async () => {
    for (const entry of (await readTrash(places)).entries.filter(isCut)) {
      const place = placeOf(entry)
      if (!entry.has.worktree) {
        if (apply) await dropEmpty(places, entry)
      } else if (existsSync(entry.note.path)) {
        // What git has now is that one's, also when it bears the same name.
        const why = `It is in the trash, and another one stands in its place, ${entry.note.path}.`
        cleaned.kept.push({...place, path: entry.worktree, why})
      } else if (!(await isHalfMoved(project, entry))) {
        const why = 'It is in the trash, and git does not know where from.'
        cleaned.kept.push({...place, path: entry.worktree, why})
      } else if (apply) {
        await finishMove(places, entry)
        cleaned.removed.push({...place, why: `Its move to the trash was cut short and is finished: ${entry.worktree}.`})
      } else cleaned.removable.push({...place, why: 'Its move to the trash was cut short; --apply finishes it.'})
    }
  }
  if (apply) await withBoard(project, finish)
  else await finish()
}

/** Git still has its part, and the two name each other: a note alone proves nothing. */
async function isHalfMoved(project: Project, {note, worktree}: TrashEntry): Promise<boolean> {
  return (await linkedGitFolderOf(worktree, note.path, project.commonDir)) === note.git_folder
}

function placeOf({note}: Pick<TrashEntry, 'note'>): Omit<CleanPlace, 'why'> {
  return {path: note.path, task_id: note.task_id, branch: shortBranch(note.branch)}
}

function strange(folder: string): CleanPlace {
  return {
    path: folder,
    task_id: null,
    branch: null,
    why: 'It is in the trash without a note of ours; look at it yourself.',
  }
}

async function look(
  project: Project,
  places: TrashPlaces,
  board: Board,
  worktree: Worktree,
  cleaned: Cleaned,
  apply: boolean,
): Promise<void> {
  const place = {
    path: worktree.path,
    task_id: ownerOf(board, worktree)?.id ?? null,
    branch: shortBranch(worktree.branch),
  }
  const keep = (why: string) => cleaned.kept.push({...place, why})
  const verdict = await judge(project, board, worktree)
  if ('why' in verdict) return void keep(verdict.why)
  const {spare} = verdict
  const content = await ifItCan(() => contentOf(project, worktree.path))
  if ('why' in content) return void keep(content.why)
  if (!apply) {
    cleaned.removable.push({...place, why: await safeBecause(project, spare, worktree.path)})
    return
  }
  const proof = await ifItCan(() => provenSnapshot(project, spare, worktree.path))
  if ('why' in proof) return void keep(proof.why)
  const moved = await withBoard(project, fresh => moveIfStill(project, places, fresh, worktree, spare, proof))
  if (moved === 'gone') return
  if ('why' in moved) keep(moved.why)
  else
    cleaned.removed.push({...place, why: `All of it is in snapshot ${proof.id}, and it stands in ${moved.worktree}.`})
}

async function safeBecause(project: Project, {task}: Spare, folder: string): Promise<string> {
  const {length} = await project.git.uncommitted(folder)
  const rest = length === 0 ? 'everything is committed' : `${length} path(s) that are not committed go into a snapshot`
  return `${task.id} is ${task.status}, nothing runs in it, and ${rest}.`
}

/** The second look, with the board's lock held: nobody can start a worker between it and the move. */
async function moveIfStill(
  project: Project,
  places: TrashPlaces,
  board: Board,
  {path: folder, branch}: Worktree,
  spare: Spare,
  proof: Proof,
): Promise<TrashEntry | {why: string} | 'gone'> {
  const worktree = (await project.git.worktrees(project.root)).find(one => one.path === folder)
  if (!worktree) return 'gone'
  const verdict = await judge(project, board, worktree)
  if ('why' in verdict) return verdict
  const {gitFolder, head} = verdict.spare
  const same = head === spare.head && gitFolder === spare.gitFolder && worktree.branch === branch
  if (!same || !(await standsAs(folder, gitFolder, proof))) return {why: 'Something was changed in it just now.'}
  const at = project.host.now()
  const name = snapshotId(path.basename(folder), at).replace('/', '-')
  const note = {
    task_id: spare.task.id,
    path: folder,
    branch,
    head,
    snapshot: proof.id,
    commit: proof.commit,
    git_folder: gitFolder,
    moved_at: at,
  }
  const moved = await ifItCan(() => moveToTrash(places, name, note))
  if (!('why' in moved)) await project.trace('clean', {worktree: folder, to: moved.worktree, snapshot: proof.id})
  return moved
}

/** Work that must not go side by side with a start, or with another cleaning up; it changes nothing on the board. */
async function withBoard<Value>(project: Project, work: (board: Board) => Promise<Value>): Promise<Value> {
  const done: Value[] = []
  await project.board.change(
    board => [board, null],
    async board => {
      done[0] = await work(board)
    },
  )
  return done[0] as Value
}

/** What fails leaves the worktree where it is. */
async function ifItCan<Value extends object>(work: () => Promise<Value>): Promise<Value | {why: string}> {
  try {
    return await work()
  } catch (error) {
    const expected = error instanceof PlannerError && ['GIT_FAILED', 'TIMEOUT', 'UNSAFE_FILE'].includes(error.code)
    if (expected || isNodeError(error)) return {why: `It could not be moved safely: ${error.message}`}
    throw error
  }
}
