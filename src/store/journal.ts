import {createHash, randomBytes} from 'node:crypto'
import {renameSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {jsonIn} from '../domain/json.ts'
import {BOARD_FILES, type BoardFile, type FileText} from './board-file.ts'
import {type FileStamp} from './file-stamp.ts'
import {keepGood, replaceKept} from './kept-replace.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {readText, removeFile, replaceText} from './safe-file.ts'
import {isFolder, syncFolder} from './safe-folder.ts'

/** A change of both files: once it stands here it counts, and whoever writes next completes it. */
export type Journal = Record<BoardFile, {before: string | null; after: string}>

const MAX_BYTES = 25_000_000

export function hashOf(text: string | undefined): string | null {
  return text === undefined ? null : createHash('sha256').update(text).digest('hex')
}

export async function writeJournal(paths: ProjectPaths, journal: Journal): Promise<void> {
  await replaceText(paths.journal, JSON.stringify(journal), {mode: 0o600})
}

export async function removeJournal(paths: ProjectPaths): Promise<void> {
  if (await removeFile(paths.journal)) await syncFolder(dirname(paths.journal))
}

/** Undefined when there is none; `unreadable` when it is not one of ours. */
export async function readJournal(paths: ProjectPaths): Promise<Journal | 'unreadable' | undefined> {
  if (!(await isFolder(paths.kept, {below: dirname(paths.kept)}))) return undefined
  const read = await readText(paths.journal, {maxBytes: MAX_BYTES})
  return read && (asJournal(read.text) ?? 'unreadable')
}

function asJournal(text: string): Journal | undefined {
  const found = jsonIn(text)
  return isJournal(found) ? found : undefined
}

function isJournal(found: unknown): found is Journal {
  if (typeof found !== 'object' || found === null) return false
  const files = new Map<string, unknown>(Object.entries(found))
  return BOARD_FILES.every(name => {
    const entry = files.get(name)
    if (typeof entry !== 'object' || entry === null) return false
    const {before, after} = entry as {before?: unknown; after?: unknown}
    return (before === null || typeof before === 'string') && typeof after === 'string'
  })
}

const NOT_YET: FileStamp = {dev: 0n, ino: 0n, size: 0n, mtime_ns: 0n, ctime_ns: 0n}

/** What a reader should see while a change of both files is on its way. */
export function withJournal(journal: Journal, name: BoardFile, file: FileText | undefined): FileText | undefined {
  const {before, after} = journal[name]
  return hashOf(file?.text) === before ? {stamp: file?.stamp ?? NOT_YET, text: after} : file
}

export type ReadFile = (name: BoardFile) => Promise<FileText | undefined>

/** Completes a change whose process died. Call it under the lock. Returns what a person should know. */
export async function finishJournal(paths: ProjectPaths, read: ReadFile): Promise<string[]> {
  const journal = await readJournal(paths)
  if (journal === undefined) return []
  if (journal === 'unreadable') return [await setAside(paths, 'it cannot be read')]
  const current = {tasks: await read('tasks'), sessions: await read('sessions')}
  for (const name of BOARD_FILES) {
    const hash = hashOf(current[name]?.text)
    if (hash === journal[name].before || hash === hashOf(journal[name].after)) continue
    return [await setAside(paths, `${shownPath(paths, paths.board[name])} was edited since`)]
  }
  for (const name of BOARD_FILES) {
    const found = current[name]
    if (found?.text === journal[name].after) {
      await keepGood(paths, paths.board[name], found.text)
      continue
    }
    if (await replaceKept(paths, paths.board[name], journal[name].after, found?.stamp ?? null)) continue
    return [await setAside(paths, `${shownPath(paths, paths.board[name])} was edited meanwhile`)]
  }
  await removeJournal(paths)
  return []
}

async function setAside(paths: ProjectPaths, why: string): Promise<string> {
  const aside = join(paths.kept, `journal-set-aside-${randomBytes(4).toString('hex')}`)
  renameSync(paths.journal, aside)
  return `A change of the board that was cut short could not be completed, because ${why}; it is kept in ${aside}.`
}
