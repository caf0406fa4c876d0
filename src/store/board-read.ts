import {basename} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {Board, ByHand} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {
  BOARD_FILES,
  type BoardFile,
  type FileText,
  MAX_BYTES,
  type ParsedFile,
  readBoardFile,
  vanished,
} from './board-file.ts'
import type {Beside} from './board-index.ts'
import {asSaved, type SavedFile} from './board-saves.ts'
import type {Contents} from './board-schema.ts'
import {sameStamp, stampedFile} from './file-stamp.ts'
import {goodCopies, latestText} from './good-copies.ts'
import {readJournal, withJournal} from './journal.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {readText} from './safe-file.ts'

/** The board as it was read: both files, and what they say together. */
export interface ReadBoard {
  files: Record<BoardFile, SavedFile | undefined>
  board: Board
  byHand: ByHand
}

/** How often a file is looked at again while somebody saves it, and how long that is waited for each time. */
export const TRIES = 20
export const SETTLE_MS = 30

/** A file that was saved this recently may be half of what an editor writes. */
const FRESH_MS = 80

/** The board as it is once no editor is in the middle of saving it. */
export async function settled(paths: ProjectPaths): Promise<ReadBoard> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readBoth(paths)
    } catch (error) {
      const damaged = error instanceof PlannerError && error.code === 'CORRUPT_BOARD'
      if (!damaged || tries === TRIES || !(await isFresh(paths))) throw error
    }
    await delay(SETTLE_MS)
  }
}

async function isFresh(paths: ProjectPaths): Promise<boolean> {
  const found = await Promise.all(BOARD_FILES.map(name => stampedFile(paths.board[name])))
  return found.some(file => file && Math.abs(Date.now() - Number(file.stamp.mtime_ns / 1_000_000n)) < FRESH_MS)
}

async function readBoth(paths: ProjectPaths): Promise<ReadBoard> {
  const read = await readTogether(paths)
  const [tasks, sessions] = [await saved(paths, 'tasks', read.tasks), await saved(paths, 'sessions', read.sessions)]
  await requireAll(paths, {tasks, sessions})
  return {
    files: {tasks, sessions},
    board: boardOf({tasks: tasks?.merged, sessions: sessions?.merged}),
    byHand: {
      edited: new Set([...(tasks?.edited ?? []), ...(sessions?.edited ?? [])]),
      isDue: tasks?.isStale === true || sessions?.isStale === true,
    },
  }
}

/** Both files together; what one of them does not say is as if nothing had happened yet. */
export function boardOf({tasks, sessions}: Record<BoardFile, Partial<Contents> | undefined>): Board {
  return {
    revision: Math.max(tasks?.revision ?? 0, sessions?.revision ?? 0),
    last_task: tasks?.last_task ?? 0,
    tasks: tasks?.tasks ?? [],
    sessions: sessions?.sessions ?? [],
  }
}

interface Found extends Beside {
  file: FileText | undefined
}

async function saved(paths: ProjectPaths, name: BoardFile, {file, ...beside}: Found): Promise<SavedFile | undefined> {
  return file && asSaved(paths, name, file, beside)
}

/** Both files of one moment, without a lock: a change of both is seen whole or not at all. */
async function readTogether(paths: ProjectPaths): Promise<Record<BoardFile, Found>> {
  for (let tries = 1; ; tries += 1) {
    const [tasks, sessions] = [await found(paths, 'tasks'), await found(paths, 'sessions')]
    const journal = await readJournal(paths)
    // What was written last is read after its file and before this: it is never newer than a file that stands still.
    const settled =
      (await isStill(paths.board.tasks, tasks.file)) && (await isStill(paths.board.sessions, sessions.file))
    if (!settled && tries < TRIES) continue
    if (journal === undefined || journal === 'unreadable') return {tasks, sessions}
    const lookedAt = undefined
    return {
      tasks: {...tasks, file: withJournal(journal, 'tasks', tasks.file), lookedAt},
      sessions: {...sessions, file: withJournal(journal, 'sessions', sessions.file), lookedAt},
    }
  }
}

async function found(paths: ProjectPaths, name: BoardFile): Promise<Found> {
  const lookedAt = Date.now()
  const file = await readBoardFile(paths, name)
  return {file, latest: file && (await latestText(paths, basename(paths.board[name]), MAX_BYTES)), lookedAt}
}

async function isStill(file: string, read: FileText | undefined): Promise<boolean> {
  const found = await stampedFile(file)
  return read && found ? sameStamp(read.stamp, found.stamp) : read === undefined && found === undefined
}

type Files = Record<BoardFile, ParsedFile | undefined>

/** A file that is not there is an empty one only where nothing says that it ever held anything. */
async function requireAll(paths: ProjectPaths, files: Files): Promise<void> {
  if (!files.tasks && !files.sessions) await requireNeverThere(paths)
  for (const name of BOARD_FILES) {
    const other = name === 'tasks' ? 'sessions' : 'tasks'
    if (files[name]) continue
    if (files[other] && holdsEntries(files[other])) {
      throw await vanished(paths, name, `${shownPath(paths, paths.board[other])} holds entries`)
    }
    await requireNotVanished(paths, name)
  }
}

/** A board that was never there is no damage. @throws PlannerError NOT_INITIALIZED, CORRUPT_BOARD */
export async function requireNeverThere(paths: ProjectPaths): Promise<never> {
  for (const name of BOARD_FILES) await requireNotVanished(paths, name)
  throw new PlannerError('NOT_INITIALIZED', `There is no board in ${paths.root}.`, ['codex-planner init'])
}

/** A file that held entries comes back from its good copy, not as an empty one. @throws PlannerError CORRUPT_BOARD */
export async function requireNotVanished(paths: ProjectPaths, name: BoardFile): Promise<void> {
  if ((await readBoardFile(paths, name)) === undefined && (await wasThere(paths, name))) {
    throw await vanished(paths, name, 'it held entries')
  }
}

function holdsEntries({contents}: ParsedFile): boolean {
  return (contents.tasks?.length ?? 0) + (contents.sessions?.length ?? 0) + (contents.last_task ?? 0) > 0
}

async function wasThere(paths: ProjectPaths, name: BoardFile): Promise<boolean> {
  for (const copy of await goodCopies(paths, basename(paths.board[name]))) {
    const read = await readText(copy, {maxBytes: 5_000_000})
    // Any entry of ours begins so, and so does what a person writes.
    if (read && /^\s*(?:- |last_task: [1-9])/m.test(read.text)) return true
  }
  return false
}
