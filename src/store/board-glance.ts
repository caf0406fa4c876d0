import {basename} from 'node:path'

import type {Board} from '../domain/board.ts'
import {BOARD_FILES, type BoardFile} from './board-file.ts'
import {identityOf, ifPossible, type Pair, proven} from './board-index.ts'
import {boardOf} from './board-read.ts'
import {completed} from './board-schema.ts'
import {stampedFile, timeOf} from './file-stamp.ts'
import {latestStamp} from './good-copies.ts'
import type {ProjectPaths} from './paths.ts'
import {isTaken} from './safe-file.ts'
import {isFolder} from './safe-folder.ts'

/**
 * The board as it was proven to be, without a look at its texts: both files stand as they were then, and no change of both
 * is on its way. Undefined for any doubt, such as an edit by hand.
 */
export async function glanced(paths: ProjectPaths): Promise<Board | undefined> {
  return ifPossible(paths, async () => {
    const stamps = await standing(paths)
    const tasks = stamps && (await proven(paths, 'tasks', stamps.tasks))
    const sessions = stamps && (await proven(paths, 'sessions', stamps.sessions))
    if (!stamps || !tasks || !sessions || isTaken(paths.journal)) return undefined
    // Files that stand as they did before the look for a journal were of one moment then.
    const still = await standing(paths)
    if (!still || !BOARD_FILES.every(name => isSame(stamps[name], still[name]))) return undefined
    return boardOf({
      tasks: completed(tasks, timeOf(stamps.tasks.file)),
      sessions: completed(sessions, timeOf(stamps.sessions.file)),
    })
  })
}

async function standing(paths: ProjectPaths): Promise<Record<BoardFile, Pair> | undefined> {
  if (!(await isFolder(paths.board.folder, {below: paths.root}))) return undefined
  const [tasks, sessions] = [await pairOf(paths, 'tasks'), await pairOf(paths, 'sessions')]
  return tasks && sessions && {tasks, sessions}
}

async function pairOf(paths: ProjectPaths, name: BoardFile): Promise<Pair | undefined> {
  const file = (await stampedFile(paths.board[name]))?.stamp
  return file && {file, latest: await latestStamp(paths, basename(paths.board[name]))}
}

function isSame(one: Pair, other: Pair): boolean {
  return identityOf(one) === identityOf(other)
}
