import {basename} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {commentsOf, editedByHand, isStale, mergeSave, type Version} from '../domain/saved.ts'
import {type BoardFile, type FileText, KEY_OF, MAX_BYTES, type ParsedFile, parseBoardText} from './board-file.ts'
import {type Beside, indexed, keepIndex} from './board-index.ts'
import {type Contents, completed, type FileContents} from './board-schema.ts'
import {timeOf} from './file-stamp.ts'
import {asidePath, replacedCopies, writtenCopies} from './good-copies.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {decodeText, readBytes} from './safe-file.ts'

type Entry = Contents[BoardFile][number]

/** What a file says, beside what was last written there. */
export interface SavedFile extends FileText, ParsedFile {
  /** What belongs on the board: what the file says, and what it took back without knowing of it. */
  merged: Partial<Contents>
  edited: readonly object[]
  /** Somebody saved what they had opened before the newest version was written. */
  isStale: boolean
  /** The revision that was written last, and its text; undefined when none was. */
  written: {revision: number; text: string} | undefined
  /** Texts that do not go into the board whole, to be kept for a person. */
  aside: readonly string[]
  /** What a person should know about a stale save: before it is put right, and after. */
  told: {shown: string; done: string} | undefined
}

/** Compares a file with what was written last. */
export async function asSaved(
  paths: ProjectPaths,
  name: BoardFile,
  file: FileText,
  beside: Beside,
): Promise<SavedFile> {
  const {latest} = beside
  const writtenAt = timeOf(file.stamp)
  const said = await contentsOf(paths, name, `board-${name}`, {file, beside})
  const contents = completed(said, writtenAt)
  const plain = {...file, said, contents, merged: contents, edited: [], isStale: false, aside: [], told: undefined}
  if (latest?.text === file.text) return {...plain, written: {revision: contents.revision, text: latest.text}}
  const copy = latest && (await parsedCopy(() => contentsOf(paths, name, `latest-${name}`, {file: latest}), writtenAt))
  const newest = copy ? versionOf(name, copy) : {revision: 0, entries: []}
  const written = copy && latest ? {revision: newest.revision, text: latest.text} : undefined
  const save = {...versionOf(name, contents), writtenAt}
  if (!copy || !written || !isStale(save, newest, keyOf)) {
    return {...plain, edited: editedByHand(save.entries, newest, keyOf), written}
  }
  const older = await copies(paths, name, await writtenCopies(paths, basename(paths.board[name])), writtenAt)
  const saves = await copies(paths, name, await replacedCopies(paths, basename(paths.board[name])), writtenAt)
  const history = {
    written: [newest, ...older.map(({version}) => version)] as const,
    // A writer that was killed had kept this very save already; nothing in it has been read for that.
    read: afterFirst(saves, ({text}) => text === file.text).flatMap(({version}) => [...version.entries]),
  }
  const {entries, clashes} = mergeSave(save, history, keyOf)
  const opened = older.find(({version}) => version.revision === save.revision)
  const lost = {
    save: clashes.length > 0 ? file.text : undefined,
    newest: losesComments(file.text, written.text, opened?.text ?? '') ? written.text : undefined,
  }
  return {
    ...plain,
    merged: mergedContents(name, contents, copy, entries),
    edited: editedByHand(entries, newest, keyOf, opened?.version),
    isStale: true,
    written,
    aside: [lost.save, lost.newest].filter(text => text !== undefined),
    told: sentences(paths, name, {revision: newest.revision, clashes, lost}),
  }
}

function keyOf(entry: Entry): string {
  return 'run' in entry ? entry[KEY_OF.sessions] : entry[KEY_OF.tasks]
}

function versionOf(name: BoardFile, contents: ParsedFile['contents']): Version<Entry> {
  return {revision: contents.revision, entries: contents[name] ?? []}
}

/** Parsed only when nobody has yet. @throws PlannerError CORRUPT_BOARD */
async function contentsOf(
  paths: ProjectPaths,
  name: BoardFile,
  which: string,
  {file, beside}: {file: FileText; beside?: Beside},
): Promise<FileContents> {
  const known = await indexed(paths, which, file, beside)
  if (known) return known
  const said = await parseBoardText(paths, name, file.text)
  await keepIndex(paths, which, file, said, beside)
  return said
}

/** Undefined when a copy does not read as a board file: nothing is concluded from it. */
async function parsedCopy(
  read: () => Promise<FileContents>,
  writtenAt: string,
): Promise<ParsedFile['contents'] | undefined> {
  try {
    return completed(await read(), writtenAt)
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'CORRUPT_BOARD') return undefined
    throw error
  }
}

async function copies(
  paths: ProjectPaths,
  name: BoardFile,
  files: readonly string[],
  writtenAt: string,
): Promise<{text: string; version: Version<Entry>}[]> {
  const found: {text: string; version: Version<Entry>}[] = []
  for (const file of files) {
    const bytes = (await readBytes(file, {maxBytes: MAX_BYTES}))?.bytes
    const text = bytes && decodeText(bytes)
    const contents =
      text === undefined ? undefined : await parsedCopy(() => parseBoardText(paths, name, text), writtenAt)
    if (text !== undefined && contents) found.push({text, version: versionOf(name, contents)})
  }
  return found
}

/** Without those at the beginning of which it holds. */
function afterFirst<Value>(values: readonly Value[], holds: (value: Value) => boolean): readonly Value[] {
  const end = values.findIndex(value => !holds(value))
  return end === -1 ? [] : values.slice(end)
}

/** A comment that came after the file was opened, and that the save does not have. */
function losesComments(saved: string, newest: string, opened: string): boolean {
  const [kept, known] = [commentsOf(saved), commentsOf(opened)]
  return [...commentsOf(newest)].some(comment => !kept.has(comment) && !known.has(comment))
}

function mergedContents(
  name: BoardFile,
  saved: ParsedFile['contents'],
  newest: ParsedFile['contents'],
  entries: Entry[],
): Partial<Contents> {
  const revision = Math.max(saved.revision, newest.revision)
  const last_task = Math.max(saved.last_task ?? 0, newest.last_task ?? 0)
  return {revision, ...(name === 'tasks' ? {last_task} : {}), [name]: entries}
}

interface Stale {
  revision: number
  clashes: readonly string[]
  /** The texts that do not go into the board whole. */
  lost: {save: string | undefined; newest: string | undefined}
}

function sentences(paths: ProjectPaths, name: BoardFile, {revision, clashes, lost}: Stale): SavedFile['told'] {
  const file = shownPath(paths, paths.board[name])
  const place = (text: string) => asidePath(paths, basename(paths.board[name]), text)
  const more = clashes.length > 3 ? ` and ${clashes.length - 3} more` : ''
  const clashing = `Where both changed the same (${clashes.slice(0, 3).join(', ')}${more}), the newer text stays, and the saved file`
  const say = (what: string, kept: string) =>
    [
      `An editor saved ${file} as it was before revision ${revision}: ${what}.`,
      ...(lost.save === undefined ? [] : [`${clashing} ${kept} ${place(lost.save)}.`]),
      ...(lost.newest === undefined
        ? []
        : [`The newer file, with comments that the saved one lacks, ${kept} ${place(lost.newest)}.`]),
    ].join(' ')
  return {
    shown: say(
      'its edits and the newer changes are shown together, and the next change of the board writes both',
      'goes to',
    ),
    done: say('the board now has its edits and the newer changes', 'is kept in'),
  }
}
