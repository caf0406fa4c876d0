import {basename} from 'node:path'
import type {Document} from 'yaml'
import {PlannerError} from '../domain/errors.ts'
import {nearest} from '../domain/nearest.ts'
import {pasteable} from '../domain/shell.ts'
import {printable} from '../domain/text.ts'
import {boardSchemas, type Contents, type FileContents} from './board-schema.ts'
import {onFile} from './file-error.ts'
import type {FileStamp} from './file-stamp.ts'
import {goodCopies} from './good-copies.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {decodeText, isTaken, readBytes} from './safe-file.ts'
import {isFolder} from './safe-folder.ts'
import {offsetOf, type Problem, parseYaml, placeIn} from './yaml-file.ts'

export const BOARD_FILES = ['tasks', 'sessions'] as const
export type BoardFile = (typeof BOARD_FILES)[number]

/** What tells one entry from the others. */
export const KEY_OF = {tasks: 'id', sessions: 'run'} as const

/** Of one file, as it is read. */
export const MAX_BYTES = 5_000_000

export interface FileText {
  text: string
  stamp: FileStamp
}

export interface ParsedFile {
  /** What it says by itself, and with what that means. */
  said: FileContents
  contents: Partial<Contents> & {revision: number}
}

/** Whatever it is. @throws PlannerError UNSAFE_FILE */
export async function hasBoardFile(paths: ProjectPaths, name: BoardFile): Promise<boolean> {
  const file = paths.board[name]
  return (await isFolder(paths.board.folder, {below: paths.root})) && onFile(file, async () => isTaken(file))
}

/** Undefined when there is no such file. @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE */
export async function readBoardFile(paths: ProjectPaths, name: BoardFile): Promise<FileText | undefined> {
  const file = paths.board[name]
  if (!(await isFolder(paths.board.folder, {below: paths.root}))) return undefined
  const read = await readBytes(file, {maxBytes: MAX_BYTES})
  if (!read) return undefined
  if (!read.bytes) {
    const what = `it has ${read.stamp.size} bytes; a board file has at most ${MAX_BYTES}`
    throw await corrupt(paths, file, {what, offset: undefined}, '')
  }
  const text = decodeText(read.bytes)
  if (text === undefined) throw await corrupt(paths, file, {what: 'it is not UTF-8 text', offset: undefined}, '')
  return {text, stamp: read.stamp}
}

/** `file` is where the text stands, when it is not the board itself. @throws PlannerError CORRUPT_BOARD */
export async function parseBoardText(
  paths: ProjectPaths,
  name: BoardFile,
  text: string,
  file: string = paths.board[name],
): Promise<FileContents> {
  const parsed = await parseYaml(text)
  if (parsed.problem) throw await corrupt(paths, file, parsed.problem, text)
  const checked = await checkedContents(parsed.document, name, file === paths.board[name])
  if ('what' in checked) throw await corrupt(paths, file, checked, text)
  return checked
}

async function checkedContents(
  document: Document.Parsed,
  name: BoardFile,
  isBoard: boolean,
): Promise<FileContents | Problem> {
  const [{safeParse}, schemas] = await Promise.all([import('valibot'), boardSchemas()])
  const result = safeParse(schemas[name], document.toJS())
  if (result.success) return (isBoard && (await doubled(document, name, result.output))) || result.output
  const [issue] = result.issues
  const path = (issue.path ?? []).map(step => step.key)
  const key = path.at(-1)
  const named = {entry: entryName(document, path), key: keyName(path), input: issue.input}
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const level = path.length === 1 ? '' : String(path.length === 3 ? path[0] : path[2])
    const what = `${named.entry} has the unknown key ${shownValue(key)}; the nearest known one is ${nearest(String(key), schemas.known[name][level] ?? [])}`
    return {what, offset: await offsetOf(document, path, 'key')}
  }
  const offset = await offsetOf(document, path, 'value')
  if (issue.input === undefined) return {what: `${named.entry} has no ${String(key)}`, offset}
  if (key === 'format') {
    return {
      what: `the file has format ${shownValue(issue.input)}, made by a newer codex-planner; this one knows format 1`,
      offset,
    }
  }
  return {what: wrongValue(named, issue.message), offset}
}

function wrongValue({entry, key, input}: {entry: string; key: string; input: unknown}, accepted: string): string {
  const quotes = typeof input !== 'object' && accepted === 'text' ? ' (put it in quotes)' : ''
  const subject = key === '' ? entry : `${key} of ${entry}`
  return `${subject} is ${shownValue(input)}; accepted is ${accepted}${quotes}`
}

/** A value of a file, short enough for a sentence. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'binary data'
  if (typeof value === 'object' && value !== null) return 'a set of keys'
  const text = printable(typeof value === 'string' ? JSON.stringify(value) : String(value))
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function entryName(document: Document.Parsed, path: readonly unknown[]): string {
  const [list, index] = path
  if (typeof index !== 'number') return 'the file'
  const name = document.getIn([list, index, list === 'tasks' ? 'id' : 'name'])
  return typeof name === 'string' && path[2] !== 'id' && path[2] !== 'name'
    ? printable(name)
    : `entry ${index + 1} of ${String(list)}`
}

function keyName(path: readonly unknown[]): string {
  const steps = typeof path[1] === 'number' ? path.slice(2) : path
  return steps
    .map((step, index) =>
      typeof step === 'number' ? `[${step + 1}]` : `${index > 0 ? '.' : ''}${printable(String(step))}`,
    )
    .join('')
}

async function doubled(
  document: Document.Parsed,
  name: BoardFile,
  contents: FileContents,
): Promise<Problem | undefined> {
  const key = KEY_OF[name]
  const seen = new Set<string>()
  const values =
    name === 'tasks' ? contents.tasks?.map(task => task.id) : contents.sessions?.map(session => session.run)
  for (const [index, value] of (values ?? []).entries()) {
    if (seen.has(value))
      return {
        what: `${key} ${value} stands twice in the file`,
        offset: await offsetOf(document, [name, index, key], 'value'),
      }
    seen.add(value)
  }
  return undefined
}

async function corrupt(
  paths: ProjectPaths,
  file: string,
  {what, offset}: Problem,
  text: string,
): Promise<PlannerError> {
  return new PlannerError(
    'CORRUPT_BOARD',
    `${shownPath(paths, file)}${placeIn(text, offset)}: ${what}.`,
    await wayOut(paths, file, 'codex-planner doctor'),
  )
}

/** @throws PlannerError CORRUPT_BOARD */
export async function vanished(paths: ProjectPaths, name: BoardFile, what: string): Promise<PlannerError> {
  const file = paths.board[name]
  return new PlannerError(
    'CORRUPT_BOARD',
    `${shownPath(paths, file)} is gone, but ${what}.`,
    await wayOut(paths, file, 'codex-planner init'),
  )
}

async function wayOut(paths: ProjectPaths, file: string, otherwise: string): Promise<string[]> {
  const [copy] = await goodCopies(paths, basename(file))
  if (copy === undefined) return [otherwise]
  const folder = (await isFolder(paths.board.folder, {below: paths.root}))
    ? ''
    : `${pasteable(['mkdir', '-p', paths.board.folder])} && `
  return [`${folder}${pasteable(['cp', copy, file])}`]
}
