import {closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {jsonIn} from '../domain/json.ts'
import {type BoardFile, type FileText, MAX_BYTES} from './board-file.ts'
import {type FileContents, SHAPE} from './board-schema.ts'
import type {FileStamp} from './file-stamp.ts'
import type {ProjectPaths} from './paths.ts'
import {decodeText, replaceDerived} from './safe-file.ts'
import {isFolder} from './safe-folder.ts'

/** Counts how an index is laid out: raise it with every change of that. */
const LAYOUT = 2

/**
 * Whether somebody has seen, clearly after both files last changed, that the index says what they say. It is the first
 * character of an index, so that it changes in one step.
 */
const [OPEN, PROVEN] = ['?', '=']

/** Which text an index is for: the one that was last written, or the one that stands in it. */
const [OF_LATEST, OF_ITS_OWN] = ['latest', 'own']

/**
 * A save within one tick of the file system's clock leaves the times of a file as they are. Some keep whole seconds or every
 * second one; where times have digits below a millisecond a tick is at most a hundredth of a second. The clock of a tick is a
 * little behind the one that is asked for the time.
 */
const TICK_MS = {coarse: 2500, fine: 250}

/** What is known of a file of the board while it is read. */
export interface Beside {
  /** What was last written there; undefined when nothing was. */
  latest: FileText | undefined
  /** Milliseconds since 1970, before either was looked at; undefined when one is not what stands on the disk. */
  lookedAt?: number | undefined
}

/** Two files of the board that stand still: one file, and what was last written there. */
export interface Pair {
  file: FileStamp
  latest: FileStamp | undefined
}

/**
 * What a text of the board was found to say when it was last parsed, so that it need not be parsed again. It is for this
 * text in this very file only (its identity is nothing that a copied repository could bring along), and only from a file
 * that nobody else can write; `which` names the text. Undefined for any doubt.
 */
export async function indexed(
  paths: ProjectPaths,
  which: string,
  file: FileText,
  {latest, lookedAt}: Beside = {latest: undefined},
): Promise<FileContents | undefined> {
  const stamps = {file: file.stamp, latest: latest?.stamp}
  return ifPossible(paths, () =>
    withIndex(place(paths, which), (index, mark) => {
      if (index.key !== keyOf(stamps)) return undefined
      const {body, text = latest?.text} = index.read()
      if (text !== file.text) return undefined
      if (!index.isProven && isClearlyLater(lookedAt, stamps)) mark()
      return jsonIn(body) as FileContents | undefined
    }),
  )
}

/** The same without the texts: only what was proven, of a file that says what was last written there or where nothing was. */
export async function proven(paths: ProjectPaths, name: BoardFile, stamps: Pair): Promise<FileContents | undefined> {
  return ifPossible(paths, () =>
    withIndex(place(paths, `board-${name}`), index => {
      const isEdited = index.isOfItsOwn && stamps.latest !== undefined
      if (!index.isProven || isEdited || index.key !== keyOf(stamps)) return undefined
      return jsonIn(index.read().body) as FileContents | undefined
    }),
  )
}

/**
 * Notes what a text says, for the next who reads it; where the disk refuses, it is parsed again. The text itself is noted as
 * well, unless it is the one that was last written.
 */
export async function keepIndex(
  paths: ProjectPaths,
  which: string,
  file: FileText,
  said: FileContents,
  {latest, lookedAt}: Beside = {latest: undefined},
): Promise<void> {
  const stamps = {file: file.stamp, latest: latest?.stamp}
  const key = keyOf(stamps)
  if (key === undefined) return
  const [mark, isLatest] = [isClearlyLater(lookedAt, stamps) ? PROVEN : OPEN, latest?.text === file.text]
  const head = `${mark} ${isLatest ? OF_LATEST : OF_ITS_OWN} ${key}`
  const lines = [head, JSON.stringify(said), ...(isLatest ? [] : [file.text])]
  await ifPossible(paths, () => replaceDerived(place(paths, which), lines.join('\n')))
}

/**
 * Whether a save at this time, or later, would have left other times on the files than they have. A clock that was set back,
 * or a file of the future, makes it no.
 */
export function isClearlyLater(at: number | undefined, {file, latest}: Pair): boolean {
  const changed = [file, ...(latest ? [latest] : [])].map(({ctime_ns}) => ctime_ns)
  const tick = changed.every(time => time % 1_000_000n !== 0n) ? TICK_MS.fine : TICK_MS.coarse
  return at !== undefined && changed.every(time => at - Number(time / 1_000_000n) >= tick)
}

/** Whatever a disk or a stranger puts in the way of it: a board can do without. */
export async function ifPossible<Result>(
  paths: ProjectPaths,
  work: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  try {
    return (await isFolder(paths.kept, {below: dirname(paths.kept)})) ? await work() : undefined
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof PlannerError || (error instanceof Error && 'syscall' in error)
}

function place(paths: ProjectPaths, which: string): string {
  return join(paths.kept, `index-${which}.json`)
}

/**
 * What an index is for. What is not flushed to the disk can be anything after a power cut, so it is for this boot only;
 * undefined where the system does not tell which one that is.
 */
function keyOf(pair: Pair): string | undefined {
  const boot = thisBoot()
  return boot && [`${LAYOUT}.${SHAPE}`, boot, identityOf(pair)].join(' ')
}

/** Which files they are, and when they themselves were last changed: nothing that a copy could bring along. */
export function identityOf({file, latest}: Pair): string {
  return [file, latest]
    .map(stamp => (stamp ? [stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns, stamp.ctime_ns].join(':') : '-'))
    .join(' ')
}

function thisBoot(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() || undefined
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

interface Index {
  isProven: boolean
  key: string
  /** It has the text that it is for, instead of being for what was last written. */
  isOfItsOwn: boolean
  /** JSON, and the text that the file has to have for it. */
  read(): {body: string; text?: string}
}

/** Undefined when there is no index that is ours alone. `mark` makes it a proven one, where the disk allows. */
function withIndex<Result>(file: string, work: (index: Index, mark: () => void) => Result): Result | undefined {
  const opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const found = fstatSync(opened)
    const isOurs = found.isFile() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
    if (!isOurs || found.size > 3 * MAX_BYTES) return undefined
    const index = asIndex(opened)
    return index && work(index, () => markProven(file, opened))
  } finally {
    closeSync(opened)
  }
}

/** More than any has. */
const MAX_HEAD_BYTES = 1000

/** Undefined for anything else, such as a file that was cut short. */
function asIndex(opened: number): Index | undefined {
  const start = Buffer.alloc(MAX_HEAD_BYTES)
  const bytes = readSync(opened, start, 0, MAX_HEAD_BYTES, 0)
  const [head, mark, of, key] = /^(.) (\w+) (.*)\n/.exec(start.toString('latin1', 0, bytes)) ?? []
  if (head === undefined || key === undefined) return undefined
  const isOfItsOwn = of === OF_ITS_OWN
  return {
    isProven: mark === PROVEN,
    key,
    isOfItsOwn,
    read: () => {
      const rest = (decodeText(readFileSync(opened)) ?? '').slice(head.length)
      if (!isOfItsOwn) return {body: rest}
      const endOfBody = Math.max(rest.indexOf('\n'), 0)
      return {body: rest.slice(0, endOfBody), text: rest.slice(endOfBody + 1)}
    },
  }
}

/** Another index may have taken its place; while it is `opened`, no other file has its number. */
function markProven(file: string, opened: number): void {
  try {
    const again = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const [one, other] = [fstatSync(opened), fstatSync(again)]
      if (one.ino === other.ino && one.dev === other.dev) writeSync(again, PROVEN, 0)
    } finally {
      closeSync(again)
    }
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
}
