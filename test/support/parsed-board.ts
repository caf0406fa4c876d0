import {readdir, rm} from 'node:fs/promises'
import path from 'node:path'

import type {Board} from '../../src/domain/board.ts'
import {openBoard} from '../../src/store/board.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'

/** The board as its text says it, whatever has been noted of that. */
export async function parsedBoard(paths: ProjectPaths): Promise<Board> {
  await forgetIndex(paths.kept)
  return openBoard(paths).read()
}

export async function forgetIndex(kept: string): Promise<void> {
  for (const name of await readdir(kept))
    if (name.startsWith('index-')) await rm(path.join(kept, name), {force: true, recursive: true})
}
