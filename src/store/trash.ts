import {lstat, readdir, rename, rm, rmdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {hasCode} from './file-error.ts'
import {createText, readText, removeFile} from './safe-file.ts'
import {ensureFolder, isFolder, syncFolder} from './safe-folder.ts'

/** What stands beside a worktree in the trash. */
export interface TrashNote {
  task_id: string
  /** Where the worktree stood. */
  path: string
  branch: string | null
  head: string
  /** The id and the commit of the snapshot that holds all of it. */
  snapshot: string
  commit: string
  /** Where git kept what belongs to this worktree alone. */
  git_folder: string
  moved_at: string
}

export interface TrashEntry {
  name: string
  /** The worktree, once it is here. */
  worktree: string
  /** What git kept of it, once it is here. */
  gitFolder: string
  note: TrashNote
  /** Which of the two have been moved. */
  has: {worktree: boolean; gitFolder: boolean}
}

export interface TrashPlaces {
  /** Where worktrees are made. */
  worktrees: string
  /** For what git keeps; in the Git folder, so that it can be moved in one step. */
  trashedGit: string
}

const NAME = /^[^/]{1,200}-\d{8}T\d{6}-\d{3}Z$/
const NOTE_BYTES = 64 * 1024

export function trashOf({worktrees}: TrashPlaces): string {
  return join(worktrees, '.trash')
}

/** Every entry that has a note of ours, the oldest first, and the names of those that have none. @throws PlannerError UNSAFE_FILE */
export async function readTrash(places: TrashPlaces): Promise<{entries: TrashEntry[]; unreadable: string[]}> {
  const trash = trashOf(places)
  const found: {entries: TrashEntry[]; unreadable: string[]} = {entries: [], unreadable: []}
  if (!(await isThere(places.worktrees)) || !(await isFolder(trash, {below: places.worktrees}))) return found
  for (const name of (await readdir(trash)).toSorted()) {
    const note = NAME.test(name) ? await readNote(join(trash, name)) : undefined
    if (note) found.entries.push(await entryOf(places, name, note))
    else found.unreadable.push(join(trash, name))
  }
  return found
}

async function isThere(folder: string): Promise<boolean> {
  return (await lstatOf(folder)) !== undefined
}

async function lstatOf(file: string) {
  try {
    return await lstat(file)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

async function entryOf(places: TrashPlaces, name: string, note: TrashNote): Promise<TrashEntry> {
  const worktree = join(trashOf(places), name, 'worktree')
  const gitFolder = join(places.trashedGit, name)
  const has = {worktree: await isThere(worktree), gitFolder: await isThere(gitFolder)}
  return {name, worktree, gitFolder, note, has}
}

async function readNote(folder: string): Promise<TrashNote | undefined> {
  if (!(await lstat(folder)).isDirectory()) return undefined
  try {
    const read = await readText(join(folder, 'note.json'), {maxBytes: NOTE_BYTES})
    return read && (await asNote(JSON.parse(read.text)))
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof PlannerError && error.code === 'UNSAFE_FILE'))
      return undefined
    throw error
  }
}

async function asNote(found: unknown): Promise<TrashNote | undefined> {
  const v = await import('valibot')
  const absolute = v.pipe(v.string(), v.regex(/^\/[^\0]*$/s))
  const schema = v.strictObject({
    task_id: v.pipe(v.string(), v.regex(/^TASK-\d{3,9}$/)),
    path: absolute,
    branch: v.nullable(v.string()),
    head: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
    snapshot: v.pipe(v.string(), v.regex(/^worker-task-\d{3,9}\/\d{8}T\d{6}-\d{3}Z$/)),
    commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
    git_folder: absolute,
    moved_at: v.pipe(v.string(), v.isoTimestamp()),
    way_back: v.array(v.string()),
  })
  const {success, output} = v.safeParse(schema, found)
  if (!success) return undefined
  const {way_back: _, ...note} = output
  return note
}

/**
 * Moves a worktree into the trash: the note first, then the worktree, then what git keeps of it. Each step is a rename in one file system, so
 * whoever is killed in between leaves all of it in one place or the other, and `finishMove` goes on. Call it with the board's lock held.
 * @throws what `rename` throws; then nothing was moved
 */
export async function moveToTrash(places: TrashPlaces, name: string, note: TrashNote): Promise<TrashEntry> {
  const trash = trashOf(places)
  const folder = join(trash, name)
  await ensureFolder(folder, 0o700, {below: places.worktrees})
  const entry = await entryOf(places, name, note)
  const text = `${JSON.stringify({...note, way_back: wayBack(entry)}, null, 2)}\n`
  if (!(await createText(join(folder, 'note.json'), text, 0o600))) throw new TypeError(`${folder} has a note already`)
  try {
    await rename(note.path, entry.worktree)
  } catch (error) {
    await dropEmpty(places, entry)
    throw error
  }
  await syncFolder(folder)
  await finishMove(places, entry)
  return entry
}

/** How a person takes it out again, in this order. */
function wayBack({worktree, gitFolder, note}: TrashEntry): string[] {
  return [pasteable(['mv', gitFolder, note.git_folder]), pasteable(['mv', worktree, note.path])]
}

/** Moves what git keeps of a worktree that is in the trash, and with that git forgets it. */
export async function finishMove(places: TrashPlaces, entry: TrashEntry): Promise<void> {
  await ensureFolder(places.trashedGit, 0o700, {below: dirname(dirname(places.trashedGit))})
  await rename(entry.note.git_folder, entry.gitFolder)
  await syncFolder(places.trashedGit)
}

/** Removes a note without a worktree, and its folder; anything else in there stays. */
export async function dropEmpty(places: TrashPlaces, {name}: Pick<TrashEntry, 'name'>): Promise<void> {
  const folder = join(trashOf(places), name)
  try {
    for (const file of await readdir(folder))
      if (file === 'note.json' || file.startsWith('.tmp-note.json-')) await removeFile(join(folder, file))
    await rmdir(folder)
  } catch (error) {
    // Something else is in it, or somebody was faster.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR')) throw error
  }
}

/** For good. The note goes last, so that a second call goes on. */
export async function emptyEntry(places: TrashPlaces, entry: TrashEntry): Promise<void> {
  await rm(entry.worktree, {recursive: true, force: true})
  await rm(entry.gitFolder, {recursive: true, force: true})
  await dropEmpty(places, entry)
}
