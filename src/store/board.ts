import {dirname} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {type Board, stampChanged} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import type {Session} from '../domain/session.ts'
import {pasteable} from '../domain/shell.ts'
import {type Task, TaskNotFound} from '../domain/task.ts'
import {archivedStarts, archivedTasks} from './archive.ts'
import {BOARD_FILES, hasBoardFile, readBoardFile} from './board-file.ts'
import {glanced} from './board-glance.ts'
import {type ReadBoard, requireNeverThere, requireNotVanished, SETTLE_MS, settled, TRIES} from './board-read.ts'
import {NEW_FILE, rescueLateSaves, withArchive, writeBoard} from './board-write.ts'
import {finishJournal, readJournal} from './journal.ts'
import {withLock} from './lock.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {createText, sweepTemporaries} from './safe-file.ts'
import {ensureFolder} from './safe-folder.ts'

export interface Changed<Value> {
  /** As written, with the revision that every changed entry bears. */
  board: Board
  value: Value
  /** What a person should know about earlier writes, one sentence each. */
  warnings: string[]
}

export interface BoardStore {
  /** Takes no lock and changes nothing. @throws PlannerError NOT_INITIALIZED, CORRUPT_BOARD, UNSAFE_FILE */
  read(): Promise<Board>
  /** The same, with what a person should know about how the files were saved, one sentence each. */
  look(): Promise<{board: Board; warnings: string[]}>
  /** Finished tasks that have left the board, unless they came back. @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE */
  archivedTasks(): Promise<Task[]>
  /** Records of starts that have left the board, the oldest first. @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE */
  archivedStarts(): Promise<Session[]>
  /**
   * The only way to change the board: one writer at a time decides on what is there and writes it. `decide` is pure;
   * when a person saves a file meanwhile it is asked again about what is there then, and so is `alongside`, the work
   * that belongs to the change and comes before it is written: it must be safe to repeat.
   * @throws PlannerError NOT_INITIALIZED, CORRUPT_BOARD, BOARD_FULL, UNSAFE_FILE, BOARD_LOCKED, and what `decide` throws
   */
  change<Value>(
    decide: (board: Board) => readonly [Board, Value],
    alongside?: (board: Board, value: Value) => Promise<void>,
  ): Promise<Changed<Value>>
}

export function openBoard(paths: ProjectPaths): BoardStore {
  const look = async () => {
    const board = await glanced(paths)
    if (board) return {board, warnings: []}
    const read = await settled(paths)
    return {board: read.board, warnings: staleSaves(read, 'shown')}
  }
  return {
    look,
    read: async () => (await look()).board,
    archivedTasks: async () => {
      const [{tasks}, archived] = [(await look()).board, await archivedTasks(paths)]
      const onBoard = new Set(tasks.map(({id}) => id))
      return archived.filter(({id}) => !onBoard.has(id))
    },
    archivedStarts: async () => {
      const [{sessions}, archived] = [(await look()).board, await archivedStarts(paths)]
      const onBoard = new Set(sessions.map(({run}) => run))
      return archived.filter(({run}) => !onBoard.has(run))
    },
    change: async (decide, alongside) => {
      await requireBoard(paths)
      // Loading this takes longer than the change, and nobody should have to wait for it.
      await import('yaml')
      return lockedBoard(paths, () => changed(paths, decide, alongside))
    },
  }
}

function staleSaves({files}: ReadBoard, said: 'shown' | 'done'): string[] {
  return BOARD_FILES.flatMap(name => files[name]?.told?.[said] ?? [])
}

async function changed<Value>(
  paths: ProjectPaths,
  decide: (board: Board) => readonly [Board, Value],
  alongside?: (board: Board, value: Value) => Promise<void>,
): Promise<Changed<Value>> {
  const warnings = [
    ...(await finishJournal(paths, name => readBoardFile(paths, name))),
    ...(await rescueLateSaves(paths)),
  ]
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await settled(paths)
    const [wanted, value] = await decided(paths, before.board, decide)
    const stamped = stampChanged(before.board, wanted, before.byHand)
    if (stamped === before.board) {
      await alongside?.(stamped, value)
      return {board: stamped, value, warnings}
    }
    // What cannot be written must not leave anything beside it either.
    const {board, texts} = await withArchive(paths, before, stamped)
    await alongside?.(board, value)
    if (await writeBoard(paths, before, texts)) {
      await sweepTemporaries(paths.board.folder)
      await sweepTemporaries(paths.kept)
      await sweepTemporaries(paths.intents)
      return {board, value, warnings: [...warnings, ...staleSaves(before, 'done')]}
    }
    await delay(SETTLE_MS)
  }
  const sentence = `${shownPath(paths, paths.board.folder)} is being saved over and over by another program.`
  throw new PlannerError('BOARD_LOCKED', sentence, [
    pasteable(['fuser', '-v', paths.board.tasks, paths.board.sessions]),
  ])
}

/** What it misses on the board may be in the archive, and then comes back from there. */
async function decided<Value>(
  paths: ProjectPaths,
  board: Board,
  decide: (board: Board) => readonly [Board, Value],
): Promise<readonly [Board, Value]> {
  for (let asked = board; ; ) {
    try {
      return decide(asked)
    } catch (error) {
      const isMissed = ({id}: Task) => error instanceof TaskNotFound && id === error.id
      if (!(error instanceof TaskNotFound) || asked.tasks.some(isMissed)) throw error
      const task = (await archivedTasks(paths)).find(isMissed)
      if (!task) throw error
      asked = {...asked, tasks: [...asked.tasks, task]}
    }
  }
}

async function lockedBoard<Result>(paths: ProjectPaths, action: () => Promise<Result>): Promise<Result> {
  await ensureFolder(paths.kept, 0o700, {below: dirname(paths.kept)})
  return withLock(paths.lock, action)
}

/** So that a folder without a board gets no lock either. */
async function requireBoard(paths: ProjectPaths): Promise<void> {
  for (const name of BOARD_FILES) if (await hasBoardFile(paths, name)) return
  if ((await readJournal(paths)) === undefined) await requireNeverThere(paths)
}

/**
 * Makes the files that are missing, and puts right one that was saved from an older revision; else it touches none that
 * is there. @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE
 */
export async function initBoard(paths: ProjectPaths): Promise<{created: string[]; kept: string[]; warnings: string[]}> {
  await ensureFolder(paths.board.folder, 0o755, {below: paths.root})
  return lockedBoard(paths, async () => {
    const told = await finishJournal(paths, name => readBoardFile(paths, name))
    for (const name of BOARD_FILES) await requireNotVanished(paths, name)
    const [created, kept]: [string[], string[]] = [[], []]
    for (const name of BOARD_FILES) {
      const made = await createText(paths.board[name], NEW_FILE[name], 0o644)
      const list = made ? created : kept
      list.push(shownPath(paths, paths.board[name]))
    }
    const {warnings} = await changed(paths, board => [board, null])
    return {created, kept, warnings: [...told, ...warnings]}
  })
}
