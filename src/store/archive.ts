import {dirname, join} from 'node:path'

import type {Task} from '../domain/task.ts'
import {type FileText, MAX_BYTES, parseBoardText} from './board-file.ts'
import {indexed, keepIndex} from './board-index.ts'
import {completed} from './board-schema.ts'
import {tidying} from './file-error.ts'
import {timeOf} from './file-stamp.ts'
import {keepLatest, latestText} from './good-copies.ts'
import type {ProjectPaths} from './paths.ts'
import {namesIn, readText, replaceText} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'
import {blocksOf} from './yaml-blocks.ts'

const NAME = /^\d{4}-\d\d(?:-[1-9]\d{0,3})?\.yaml$/
/** Before the name of a file, that of its copy among the good copies: `git clean -fdx` takes the file. */
const COPY = 'archive-'
const NEW_FILE = '# Finished tasks that left the board, as they stood there; codex-planner adds to this file.\ntasks:\n'

/** A task that leaves the board, with its own lines there. */
export interface Leaving {
  task: Task
  block: string
}

/**
 * Every finished task that left the board. One that came back and left once more is as it was then.
 * @throws PlannerError CORRUPT_BOARD, UNSAFE_FILE
 */
export async function archivedTasks(paths: ProjectPaths): Promise<Task[]> {
  const found = new Map<string, Task>()
  for (const name of await monthsOf(paths)) {
    for (const task of await tasksIn(paths, name)) {
      const other = found.get(task.id)
      if (!other || other.revision <= task.revision) found.set(task.id, task)
    }
  }
  return [...found.values()]
}

/** Those that are there, and those that were. */
async function monthsOf(paths: ProjectPaths): Promise<string[]> {
  const there = (await isFolder(paths.board.archive, {below: paths.root})) ? await namesIn(paths.board.archive) : []
  const copies = (await isFolder(paths.good, {below: dirname(paths.kept)})) ? await namesIn(paths.good) : []
  const were = copies.filter(name => name.startsWith(COPY)).map(name => name.slice(COPY.length))
  return [...new Set([...there, ...were])].filter(name => NAME.test(name)).toSorted(byAge)
}

function byAge(one: string, other: string): number {
  const [stem = '', next = ''] = [one, other].map(name => name.replace('.yaml', ''))
  return stem.localeCompare(next, 'en', {numeric: true})
}

async function tasksIn(paths: ProjectPaths, name: string): Promise<Task[]> {
  const place = join(paths.board.archive, name)
  const file = (await textIn(paths, name)) ?? (await latestText(paths, `${COPY}${name}`, MAX_BYTES))
  if (!file) return []
  const known = await indexed(paths, `archive-${name}`, file)
  const said = known ?? (await parseBoardText(paths, 'tasks', file.text, place))
  if (!known) await keepIndex(paths, `archive-${name}`, file, said)
  return completed(said, timeOf(file.stamp)).tasks ?? []
}

async function textIn(paths: ProjectPaths, name: string): Promise<FileText | undefined> {
  if (!(await isFolder(paths.board.archive, {below: paths.root}))) return undefined
  return readText(join(paths.board.archive, name), {maxBytes: MAX_BYTES})
}

/**
 * Adds tasks to the files of the months in which they last changed. It comes before they leave the board, so that a process that is killed
 * between the two leaves them in both. Those that are returned stand there; the disk or a person's own layout may keep the others out.
 */
export async function addToArchive(paths: ProjectPaths, leaving: readonly Leaving[]): Promise<Leaving[]> {
  const added: Leaving[] = []
  await tidying(async () => {
    await ensureFolder(paths.board.archive, 0o755, {below: paths.root})
    for (const [month, those] of Map.groupBy(leaving, ({task}) => task.updated_at.slice(0, 'YYYY-MM'.length))) {
      if (await addToMonth(paths, month, those)) added.push(...those)
    }
  })
  return added
}

/** How often the file is looked at again while a person saves it. */
const TRIES = 3

async function addToMonth(paths: ProjectPaths, month: string, leaving: readonly Leaving[]): Promise<boolean> {
  for (let tries = 0, part = 1; tries < TRIES; ) {
    const name = part === 1 ? `${month}.yaml` : `${month}-${part}.yaml`
    const there = await textIn(paths, name)
    // A file that has gone comes back with what is added to it.
    const old = (there ?? (await latestText(paths, `${COPY}${name}`, MAX_BYTES)))?.text
    // What a killed process had added already is not added twice.
    const missing = leaving.filter(({block}) => !old?.includes(block))
    const text = [old ?? NEW_FILE, ...missing.map(({block}) => block)].join('')
    if (old !== undefined && Buffer.byteLength(text) > MAX_BYTES) {
      part += 1
      continue
    }
    if (missing.length === 0 && there) return true
    if (!isWhole(old, text, missing.length)) return false
    await keepLatest(paths, `${COPY}${name}`, text)
    if (await replaceText(join(paths.board.archive, name), text, {mode: 0o644, expected: there?.stamp ?? null}))
      return true
    tries += 1
  }
  return false
}

/** Whether the new lines are entries of the same list. */
function isWhole(old: string | undefined, text: string, added: number): boolean {
  const before = old === undefined ? 0 : blocksOf(old, 'tasks')?.blocks.length
  return before !== undefined && blocksOf(text, 'tasks')?.blocks.length === before + added
}
