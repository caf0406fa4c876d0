import {basename} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {
  BOARD_FILES,
  type BoardFile,
  type FileText,
  type ParsedFile,
  parseBoardFile,
  readBoardFile,
  vanished,
} from './board-file.ts'
import {type FileStamp, sameStamp, stampedFile} from './file-stamp.ts'
import {goodCopies} from './good-copies.ts'
import {readJournal, withJournal} from './journal.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {readText} from './safe-file.ts'

/** The board as it was read: both files, and what they say together. */
export interface ReadBoard {
  files: Record<BoardFile, (FileText & ParsedFile) | undefined>
  board: Board
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
  const [tasks, sessions] = await readTogether(paths)
  const files = {
    tasks: tasks && {...tasks, ...(await parseBoardFile(paths, 'tasks', tasks.text, timeOf(tasks.stamp)))},
    sessions: sessions && {
      ...sessions,
      ...(await parseBoardFile(paths, 'sessions', sessions.text, timeOf(sessions.stamp))),
    },
  }
  await requireAll(paths, files)
  return {
    files,
    board: {
      revision: Math.max(files.tasks?.contents.revision ?? 0, files.sessions?.contents.revision ?? 0),
      last_task: files.tasks?.contents.last_task ?? 0,
      tasks: files.tasks?.contents.tasks ?? [],
      sessions: files.sessions?.contents.sessions ?? [],
    },
  }
}

/** Both files of one moment, without a lock: a change of both is seen whole or not at all. */
async function readTogether(paths: ProjectPaths): Promise<[FileText | undefined, FileText | undefined]> {
  for (let tries = 1; ; tries += 1) {
    const tasks = await readBoardFile(paths, 'tasks')
    const sessions = await readBoardFile(paths, 'sessions')
    const journal = await readJournal(paths)
    const settled = (await isStill(paths.board.tasks, tasks)) && (await isStill(paths.board.sessions, sessions))
    if (!settled && tries < TRIES) continue
    if (journal === undefined || journal === 'unreadable') return [tasks, sessions]
    return [withJournal(journal, 'tasks', tasks), withJournal(journal, 'sessions', sessions)]
  }
}

async function isStill(file: string, read: FileText | undefined): Promise<boolean> {
  const found = await stampedFile(file)
  return read && found ? sameStamp(read.stamp, found.stamp) : read === undefined && found === undefined
}

function timeOf(stamp: FileStamp): string {
  return new Date(Number(stamp.mtime_ns / 1_000_000n)).toISOString()
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
