import {constants, fstatSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {crc32} from 'node:zlib'

import {PlannerError} from '../domain/errors.ts'
import {jsonIn} from '../domain/json.ts'
import {type FileText, MAX_BYTES} from './board-file.ts'
import {type FileContents, SHAPE} from './board-schema.ts'
import type {ProjectPaths} from './paths.ts'
import {replaceDerived, whileOpen} from './safe-file.ts'
import {isFolder} from './safe-folder.ts'

/**
 * What a text of the board was found to say when it was last parsed, so that it need not be parsed again. It is for this
 * text in this very file only (its identity is nothing that a copied repository could bring along), and only from a file
 * that nobody else can write; `which` names the text. Undefined for any doubt.
 */
export async function indexed(paths: ProjectPaths, which: string, file: FileText): Promise<FileContents | undefined> {
  const found = await ifPossible(paths, () => privateText(place(paths, which)))
  const line = found?.indexOf('\n') ?? -1
  if (found === undefined || line === -1) return undefined
  const body = found.slice(line + 1)
  if (found.slice(0, line) !== head(file, body)) return undefined
  return jsonIn(body) as FileContents | undefined
}

/** Notes what a text says, for the next who reads it; where the disk refuses, it is parsed again. */
export async function keepIndex(paths: ProjectPaths, which: string, file: FileText, said: FileContents): Promise<void> {
  const body = JSON.stringify(said)
  await ifPossible(paths, () => replaceDerived(place(paths, which), `${head(file, body)}\n${body}`))
}

/** Whatever a disk or a stranger puts in the way of it: a board can do without. */
async function ifPossible<Result>(paths: ProjectPaths, work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return (await isFolder(paths.kept, {below: dirname(paths.kept)})) ? await work() : undefined
  } catch (error) {
    if (error instanceof PlannerError || (error instanceof Error && 'syscall' in error)) return undefined
    throw error
  }
}

function place(paths: ProjectPaths, which: string): string {
  return join(paths.kept, `index-${which}.json`)
}

/**
 * Two saves of one size within one tick of the clock differ in nothing but their text, and what is not flushed to the disk can be anything after
 * a power cut: the sums tell.
 */
function head({text, stamp: {dev, ino, size, mtime_ns, ctime_ns}}: FileText, body: string): string {
  return [SHAPE, dev, ino, size, mtime_ns, ctime_ns, crc32(text), crc32(body)].join(' ')
}

async function privateText(file: string): Promise<string | undefined> {
  return whileOpen(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW, fd => {
    const found = fstatSync(fd)
    const isOurs = found.isFile() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
    return isOurs && found.size <= 2 * MAX_BYTES ? readFileSync(fd, 'utf8') : undefined
  })
}
