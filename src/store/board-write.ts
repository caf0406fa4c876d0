import {existsSync, readFileSync} from 'node:fs'
import {basename} from 'node:path'
import {isDeepStrictEqual} from 'node:util'

import {archivableStarts, archivableTasks} from '../domain/archive.ts'
import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import type {Session} from '../domain/session.ts'
import {editing} from '../domain/shell.ts'
import type {Task} from '../domain/task.ts'
import {addToArchive, type Leaving} from './archive.ts'
import {BOARD_FILES, type BoardFile, KEY_OF, MAX_BYTES} from './board-file.ts'
import {keepIndex} from './board-index.ts'
import type {ReadBoard} from './board-read.ts'
import type {FileContents} from './board-schema.ts'
import {type FileStamp, stampedFile} from './file-stamp.ts'
import {keepAside, keepWritten, lateSaves, latestStamp, settleLateSave} from './good-copies.ts'
import {hashOf, removeJournal, writeJournal} from './journal.ts'
import {keepGood, putBack, replaceKept, replaceOnly} from './kept-replace.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {createText, removeFile} from './safe-file.ts'
import {type Blocks, blocksOf} from './yaml-blocks.ts'
import {type Edit, rewrite} from './yaml-rewrite.ts'

export const NEW_FILE: Record<BoardFile, string> = {
  tasks: `# The tasks of this repository. Edit this file by hand whenever you like, also while codex-planner runs: comments,
# order and whatever you write stay. A new task needs an id that was never used (TASK-007) and a title.
revision: 0
last_task: 0
tasks: []
`,
  sessions: `# The Codex sessions of this repository, one entry per start; codex-planner writes it. Comments and order stay.
revision: 0
sessions: []
`,
}

/** The new text of each file that changes, and what it says. */
export type NewTexts = Partial<Record<BoardFile, NewText>>

interface NewText {
  text: string
  said: FileContents
}

type Entry = Task | Session

interface Draft {
  board: Board
  texts: NewTexts
}

/**
 * The board as it is to be written, and its texts: what nothing on it needs any more goes into the archive first, where its lines can be
 * taken out. @throws PlannerError BOARD_FULL
 */
export async function withArchive(paths: ProjectPaths, before: ReadBoard, after: Board): Promise<Draft> {
  const draft = {board: after, texts: await newTexts(before, after)}
  // A worktree that stands is known by its task on the board.
  const tasks = archivableTasks(after).filter(({worktree}) => worktree === null || !existsSync(worktree))
  const left = await withoutOld(paths, 'tasks', draft, tasks)
  const {board, texts} = await withoutOld(paths, 'sessions', left, archivableStarts(left.board))
  for (const name of BOARD_FILES) {
    const text = texts[name]?.text
    if (text !== undefined) requireRoom(paths, name, {before: before.files[name]?.text ?? '', after: text})
  }
  return {board, texts}
}

async function withoutOld(
  paths: ProjectPaths,
  name: BoardFile,
  {board, texts}: Draft,
  old: readonly Entry[],
): Promise<Draft> {
  const written = texts[name]
  const entries: readonly Entry[] = board[name]
  const blocks = written && old.length > 0 ? blocksOf(written.text, name) : undefined
  if (!written || blocks?.blocks.length !== entries.length) return {board, texts}
  const archived = await addToArchive(paths, name, await leaving(name, old, entries, blocks))
  const gone = new Set<Entry | undefined>(archived.map(({entry}) => entry))
  const stays = (_: unknown, index: number) => !gone.has(entries[index])
  const text = blocks.head + blocks.blocks.filter(stays).join('')
  const said = {...written.said, [name]: (written.said[name] ?? []).filter(stays)}
  return {board: {...board, [name]: entries.filter(stays)}, texts: {...texts, [name]: {text, said}}}
}

/** The last one on the board stays: behind its lines may come what belongs to no entry. */
async function leaving(
  name: BoardFile,
  old: readonly Entry[],
  all: readonly Entry[],
  {blocks}: Blocks,
): Promise<Leaving[]> {
  const {parse} = await import('yaml')
  const places = new Map(all.map((entry, index) => [entry, index]))
  return old.flatMap(entry => {
    const index = places.get(entry) ?? all.length
    const block = blocks[index] ?? ''
    const [said] = parse(block) as [object?]
    const isIt = said !== undefined && keyOf(name, said) === keyOf(name, entry)
    return index < all.length - 1 && isIt ? [{entry, block}] : []
  })
}

async function newTexts(before: ReadBoard, after: Board): Promise<NewTexts> {
  const texts: NewTexts = {}
  for (const name of BOARD_FILES) if (isChanged(name, before, after)) texts[name] = await newText(name, before, after)
  return texts
}

/** False, with both files as a person left them, when somebody else saved one meanwhile. */
export async function writeBoard(paths: ProjectPaths, before: ReadBoard, texts: NewTexts): Promise<boolean> {
  for (const name of BOARD_FILES) if (texts[name]) await keepOld(paths, name, before)
  const {tasks, sessions} = texts
  const isWritten =
    tasks && sessions
      ? await writeBoth(paths, before, {tasks: tasks.text, sessions: sessions.text})
      : await writeOne(paths, before, texts)
  if (isWritten) for (const name of BOARD_FILES) if (texts[name]) await keepSaid(paths, name, texts[name])
  return isWritten
}

async function writeOne(paths: ProjectPaths, before: ReadBoard, texts: NewTexts): Promise<boolean> {
  for (const name of BOARD_FILES) {
    const text = texts[name]?.text
    if (text !== undefined) {
      return (await replaceKept(paths, paths.board[name], text, before.files[name]?.stamp ?? null)) !== undefined
    }
  }
  return true
}

/** So that nobody has to parse what was just written. */
async function keepSaid(paths: ProjectPaths, name: BoardFile, {text, said}: NewText): Promise<void> {
  const [written, kept] = [await stampedFile(paths.board[name]), await latestStamp(paths, basename(paths.board[name]))]
  const latest = kept && {text, stamp: kept}
  if (written) await keepIndex(paths, `board-${name}`, {text, stamp: written.stamp}, said, {latest})
}

/** The last tenth of a file is for what tasks and sessions that are there still go through. */
const ROOM_FOR_MORE_BYTES = MAX_BYTES * 0.9
/** More than the moves of a task or the start of a session add. */
const LITTLE_BYTES = 2000

/** A file that is too large to be read again must not be written. @throws PlannerError BOARD_FULL */
function requireRoom(paths: ProjectPaths, name: BoardFile, text: {before: string; after: string}): void {
  const bytes = Buffer.byteLength(text.after)
  const grown = bytes - Buffer.byteLength(text.before)
  if (grown <= 0 || bytes <= ROOM_FOR_MORE_BYTES || (grown <= LITTLE_BYTES && bytes <= MAX_BYTES)) return
  const shown = shownPath(paths, paths.board[name])
  throw new PlannerError(
    'BOARD_FULL',
    `${shown} would have ${bytes} bytes, and is nearly full at ${ROOM_FOR_MORE_BYTES}: take old entries out of it by hand.`,
    [editing(paths.board[name])],
  )
}

function isChanged(name: BoardFile, {board, files}: ReadBoard, after: Board): boolean {
  const isAhead = name === 'tasks' && board.last_task !== after.last_task
  return board[name] !== after[name] || isAhead || files[name]?.isStale === true
}

/** What was written so far, and what of a stale save does not go into the board: nothing of either may be lost by this. */
async function keepOld(paths: ProjectPaths, name: BoardFile, {files}: ReadBoard): Promise<void> {
  const [file, kept] = [files[name], basename(paths.board[name])]
  if (file?.written) await keepWritten(paths, kept, file.written.revision)
  for (const text of file?.aside ?? []) await keepAside(paths, kept, text)
}

async function newText(name: BoardFile, before: ReadBoard, after: Board): Promise<NewText> {
  const file = before.files[name]
  const edit = editOf(name, before, after)
  const text = await rewrite(file?.text ?? NEW_FILE[name], edit)
  const said: object = file?.said ?? {}
  const entries: object[] = (file?.said[name] ?? []).map((entry, index) => ({...entry, ...edit.changed.get(index)}))
  return {text, said: {...said, ...edit.numbers, [name]: [...entries, ...edit.added]} as unknown as FileContents}
}

/** Entries stay where they are, and new ones come last: nothing on the board is ever taken away or moved. */
function editOf(name: BoardFile, before: ReadBoard, after: Board): Edit {
  const file = before.files[name]
  const key = KEY_OF[name]
  const [old, entries] = [file?.contents[name] ?? [], after[name]]
  const changed = new Map<number, Record<string, unknown>>()
  for (const [index, entry] of old.entries()) {
    const next = entries[index]
    if (!next || keyOf(name, next) !== keyOf(name, entry)) {
      throw new TypeError(`Entry ${index + 1} of ${name} was moved or taken away`)
    }
    if (next === entry) continue
    // Until now it was told from the file's own age, which begins anew with this write.
    const isTimeless = file?.said.tasks?.[index]?.created_at === null
    const created = name === 'tasks' && isTimeless && 'created_at' in next ? {created_at: next.created_at} : {}
    changed.set(index, {...differences(entry, next), ...created})
  }
  const numbers = {revision: after.revision, ...(name === 'tasks' ? {last_task: after.last_task} : {})}
  return {numbers, list: name, key, known: file?.said[name] ?? [], changed, added: entries.slice(old.length)}
}

function keyOf(name: BoardFile, entry: object): string {
  return String(Reflect.get(entry, KEY_OF[name]))
}

function differences(before: object, after: object): Record<string, unknown> {
  const old = new Map<string, unknown>(Object.entries(before))
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(value, old.get(key))))
}

async function writeBoth(paths: ProjectPaths, before: ReadBoard, texts: Record<BoardFile, string>): Promise<boolean> {
  await writeJournal(paths, {
    tasks: {before: hashOf(before.files.tasks?.text), after: texts.tasks},
    sessions: {before: hashOf(before.files.sessions?.text), after: texts.sessions},
  })
  const {tasks: oldTasks, sessions: oldSessions} = before.files
  const tasks = await replaceOnly(paths, paths.board.tasks, texts.tasks, oldTasks?.stamp ?? null)
  const sessions = tasks && (await replaceOnly(paths, paths.board.sessions, texts.sessions, oldSessions?.stamp ?? null))
  if (tasks && !sessions) await putBack(tasks)
  if (sessions) for (const name of BOARD_FILES) await keepGood(paths, paths.board[name], texts[name])
  await removeJournal(paths)
  return sessions !== undefined
}

/** Saves that went into a version after it had been replaced are laid beside the board. Returns what a person should know. */
export async function rescueLateSaves(paths: ProjectPaths): Promise<string[]> {
  const told: string[] = []
  for (const name of BOARD_FILES) {
    const file = paths.board[name]
    const current = await stampedFile(file)
    for (const late of await lateSaves(paths, basename(file))) {
      const found = await stampedFile(late)
      // Killed between keeping and replacing: what is kept is still the board itself.
      if (!found || (current && isSameFile(current.stamp, found.stamp))) {
        await removeFile(late)
        continue
      }
      const beside = `${file}.conflict-${basename(late).split('-')[0]}`
      await createText(beside, readFileSync(late, 'utf8'), 0o644)
      await settleLateSave(late)
      const [saved, kept] = [shownPath(paths, file), shownPath(paths, beside)]
      told.push(`An editor saved ${saved} over a newer version; its text is kept in ${kept}.`)
    }
  }
  return told
}

function isSameFile(one: FileStamp, other: FileStamp): boolean {
  return one.ino === other.ino && one.dev === other.dev
}
