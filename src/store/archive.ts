import {dirname, join} from 'node:path'

import type {Session} from '../domain/session.ts'
import type {Task} from '../domain/task.ts'
import {type BoardFile, type FileText, MAX_BYTES, parseBoardText} from './board-file.ts'
import {indexed, keepIndex} from './board-index.ts'
import {type Contents, completed} from './board-schema.ts'
import {tidying} from './file-error.ts'
import {timeOf} from './file-stamp.ts'
import {keepLatest, latestText} from './good-copies.ts'
import type {ProjectPaths} from './paths.ts'
import {namesIn, readText, replaceText} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'
import {blocksOf} from './yaml-blocks.ts'

const NAME = /^\d{4}-\d\d(?:-[1-9]\d{0,3})?\.yaml$/
/** How the names of the files with each kind of entry begin. */
const PREFIX: Record<BoardFile, string> = {tasks: '', sessions: 'sessions-'}
/** Before the name of a file, that of its copy among the good copies: `git clean -fdx` takes the file. */
const COPY = 'archive-'
const NEW_FILE: Record<BoardFile, string> = {
  tasks: '# Finished tasks that left the board, as they stood there; codex-planner adds to this file.\ntasks:\n',
  sessions:
    '# Starts of sessions that left the board, as they stood there; codex-planner adds to this file.\nsessions:\n',
}

/** An entry that leaves the board, with its own lines there. */
export interface Leaving {
  entry: Task | Session
  block: string
}

/**
 * Every finished task that left the board. One that came back and left once more is as it was then.
 * @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE
 */
export async function archivedTasks(paths: ProjectPaths): Promise<Task[]> {
  const files = await filesOf(paths, 'tasks')
  return newest(
    files.flatMap(({tasks = []}) => tasks),
    ({id}) => id,
  )
}

/** Every record of a start that left the board, the oldest first. @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE */
export async function archivedStarts(paths: ProjectPaths): Promise<Session[]> {
  const files = await filesOf(paths, 'sessions')
  const found = newest(
    files.flatMap(({sessions = []}) => sessions),
    ({run}) => run,
  )
  const isAfter = (one: Session, other: Session) => Number(one.started_at > other.started_at)
  return found.toSorted((one, other) => isAfter(one, other) - isAfter(other, one))
}

function newest<Entry extends {revision: number}>(entries: readonly Entry[], keyOf: (entry: Entry) => string): Entry[] {
  const found = new Map<string, Entry>()
  for (const entry of entries) {
    const other = found.get(keyOf(entry))
    if (!other || other.revision <= entry.revision) found.set(keyOf(entry), entry)
  }
  return [...found.values()]
}

async function filesOf(paths: ProjectPaths, kind: BoardFile): Promise<Partial<Contents>[]> {
  const found: Partial<Contents>[] = []
  for (const name of await namesOf(paths, kind)) found.push(await contentsOf(paths, kind, name))
  return found
}

/** Those that are there, and those that were. */
async function namesOf(paths: ProjectPaths, kind: BoardFile): Promise<string[]> {
  const there = (await isFolder(paths.board.archive, {below: paths.root})) ? await namesIn(paths.board.archive) : []
  const copies = (await isFolder(paths.good, {below: dirname(paths.kept)})) ? await namesIn(paths.good) : []
  const were = copies.filter(name => name.startsWith(COPY)).map(name => name.slice(COPY.length))
  const prefix = PREFIX[kind]
  const isOfKind = (name: string) => name.startsWith(prefix) && NAME.test(name.slice(prefix.length))
  return [...new Set([...there, ...were])].filter(isOfKind).toSorted(byAge)
}

function byAge(one: string, other: string): number {
  const [stem = '', next = ''] = [one, other].map(name => name.replace('.yaml', ''))
  return stem.localeCompare(next, 'en', {numeric: true})
}

async function contentsOf(paths: ProjectPaths, kind: BoardFile, name: string): Promise<Partial<Contents>> {
  const place = join(paths.board.archive, name)
  const file = (await textIn(paths, name)) ?? (await latestText(paths, `${COPY}${name}`, MAX_BYTES))
  if (!file) return {}
  const known = await indexed(paths, `archive-${name}`, file)
  const said = known ?? (await parseBoardText(paths, kind, file.text, place))
  if (!known) await keepIndex(paths, `archive-${name}`, file, said)
  return completed(said, timeOf(file.stamp))
}

async function textIn(paths: ProjectPaths, name: string): Promise<FileText | undefined> {
  if (!(await isFolder(paths.board.archive, {below: paths.root}))) return undefined
  return readText(join(paths.board.archive, name), {maxBytes: MAX_BYTES})
}

/**
 * Adds entries to the files of the months in which they last changed. It comes before they leave the board, so that a process that is killed
 * between the two leaves them in both. Those that are returned stand there; the disk or a person's own layout may keep the others out.
 */
export async function addToArchive(
  paths: ProjectPaths,
  kind: BoardFile,
  leaving: readonly Leaving[],
): Promise<Leaving[]> {
  const added: Leaving[] = []
  await tidying(async () => {
    await ensureFolder(paths.board.archive, 0o755, {below: paths.root})
    for (const [month, those] of Map.groupBy(leaving, ({entry}) => lastChangeOf(entry).slice(0, 'YYYY-MM'.length))) {
      if (await addToMonth(paths, kind, {month, leaving: those})) added.push(...those)
    }
  })
  return added
}

function lastChangeOf(entry: Task | Session): string {
  return 'run' in entry ? (entry.ended_at ?? entry.started_at) : entry.updated_at
}

/** How often the file is looked at again while a person saves it. */
const TRIES = 3

async function addToMonth(
  paths: ProjectPaths,
  kind: BoardFile,
  {month, leaving}: {month: string; leaving: readonly Leaving[]},
): Promise<boolean> {
  for (let tries = 0, part = 1; tries < TRIES; ) {
    const name = `${PREFIX[kind]}${part === 1 ? month : `${month}-${part}`}.yaml`
    const there = await textIn(paths, name)
    // A file that has gone comes back with what is added to it.
    const old = (there ?? (await latestText(paths, `${COPY}${name}`, MAX_BYTES)))?.text
    // What a killed process had added already is not added twice.
    const missing = leaving.filter(({block}) => !old?.includes(block))
    const text = [old ?? NEW_FILE[kind], ...missing.map(({block}) => block)].join('')
    if (old !== undefined && Buffer.byteLength(text) > MAX_BYTES) {
      part += 1
      continue
    }
    if (missing.length === 0 && there) return true
    if (!isWhole(kind, {old, text, added: missing.length})) return false
    await keepLatest(paths, `${COPY}${name}`, text)
    if (await replaceText(join(paths.board.archive, name), text, {mode: 0o644, expected: there?.stamp ?? null}))
      return true
    tries += 1
  }
  return false
}

/** Whether the new lines are entries of the same list. */
function isWhole(kind: BoardFile, {old, text, added}: {old: string | undefined; text: string; added: number}): boolean {
  const before = old === undefined ? 0 : blocksOf(old, kind)?.blocks.length
  return before !== undefined && blocksOf(text, kind)?.blocks.length === before + added
}
