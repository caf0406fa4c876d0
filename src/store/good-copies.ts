import {createHash} from 'node:crypto'
import {copyFileSync, linkSync, readdirSync, renameSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {hasCode, onFile, tidying} from './file-error.ts'
import {type FileStamp, sameStamp, stampedFile} from './file-stamp.ts'
import type {KeptPaths} from './paths.ts'
import {createText, decodeText, readBytes, removeFile, replaceText, sweepTemporaries} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'

const KEPT = 10
const LATEST = 'latest'

/** `000012-<mtime in ns>-<size>`: the order it was kept in, and what it was then. */
const REPLACED = /^(\d{6,})-(\d+)-(\d+)$/

/**
 * Keeps the version that is about to be replaced, as the very same file where that is possible: what an editor still
 * writes into it afterwards is then not lost either. Undefined when it is not that version any more.
 */
export async function keepReplaced(paths: KeptPaths, file: string, stamp: FileStamp): Promise<string | undefined> {
  const folder = await folderOf(paths, basename(file))
  return onFile(folder, async () => {
    const last = REPLACED.exec(replacedIn(readdirSync(folder)).at(-1) ?? '')?.[1]
    for (let number = Number(last ?? 0) + 1; ; number += 1) {
      const copy = join(folder, nameOf(number, stamp))
      const how = linked(file, copy)
      if (how === 'taken') continue
      return how === 'linked' ? checked(copy, stamp) : copied(file, copy, number)
    }
  })
}

function nameOf(number: number, {mtime_ns, size}: FileStamp): string {
  return `${String(number).padStart(6, '0')}-${mtime_ns}-${size}`
}

async function checked(copy: string, stamp: FileStamp): Promise<string | undefined> {
  const found = await stampedFile(copy)
  if (found && sameStamp(found.stamp, stamp)) return copy
  await removeFile(copy)
  return undefined
}

/** Where two names of one file cannot be had: another disk, or a file system without links. */
async function copied(file: string, copy: string, number: number): Promise<string | undefined> {
  copyFileSync(file, copy)
  const found = await stampedFile(copy)
  if (!found) return undefined
  const named = join(dirname(copy), nameOf(number, found.stamp))
  renameSync(copy, named)
  return named
}

function linked(file: string, copy: string): 'linked' | 'taken' | 'impossible' {
  try {
    linkSync(file, copy)
    return 'linked'
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return 'taken'
    if (hasCode(error, 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) return 'impossible'
    throw error
  }
}

/** Keeps the version that was just written, so that a board that vanishes is missed and can come back whole. */
export async function keepLatest(paths: KeptPaths, name: string, text: string): Promise<void> {
  await replaceText(join(await folderOf(paths, name), LATEST), text, {mode: 0o600})
}

/** `written-000012`: what was written as revision 12. */
const WRITTEN = /^written-(\d{6,})$/

/** Keeps the version that was last written under its revision, before another becomes the last; where the disk refuses, it is not among them. */
export async function keepWritten(paths: KeptPaths, name: string, revision: number): Promise<void> {
  await tidying(async () => {
    const folder = await folderOf(paths, name)
    const [latest, copy] = [join(folder, LATEST), join(folder, `written-${String(revision).padStart(6, '0')}`)]
    if (linked(latest, copy) === 'impossible') copyFileSync(latest, copy)
  })
}

/** The newest first, without the last one, which is the newest of the good copies. */
export async function writtenCopies(paths: KeptPaths, name: string): Promise<string[]> {
  const folder = join(paths.good, name)
  if (!(await isFolder(folder, {below: paths.kept}))) return []
  return writtenIn(readdirSync(folder))
    .toReversed()
    .map(copy => join(folder, copy))
}

/** The version that was last written; undefined where there is none that can be read. */
export async function latestText(
  paths: KeptPaths,
  name: string,
  maxBytes: number,
): Promise<{text: string; stamp: FileStamp} | undefined> {
  const folder = join(paths.good, name)
  if (!(await isFolder(folder, {below: paths.kept}))) return undefined
  const read = await readBytes(join(folder, LATEST), {maxBytes})
  const text = read?.bytes && decodeText(read.bytes)
  return read && text !== undefined ? {text, stamp: read.stamp} : undefined
}

/** Which version of it that is, without a look at its text; undefined where there is none. @throws PlannerError UNSAFE_FILE */
export async function latestStamp(paths: KeptPaths, name: string): Promise<FileStamp | undefined> {
  const folder = join(paths.good, name)
  if (!(await isFolder(folder, {below: paths.kept}))) return undefined
  return (await stampedFile(join(folder, LATEST)))?.stamp
}

/** Where a text is kept for a person to look at, for good. The same text has the same place. */
export function asidePath(paths: KeptPaths, name: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return join(paths.good, name, `set-aside-${hash}.yaml`)
}

export async function keepAside(paths: KeptPaths, name: string, text: string): Promise<void> {
  await folderOf(paths, name)
  await createText(asidePath(paths, name, text), text, 0o600)
}

export async function pruneGood(paths: KeptPaths, name: string): Promise<void> {
  const folder = await folderOf(paths, name)
  const names = readdirSync(folder)
  const old = [...replacedIn(names).slice(0, -KEPT), ...writtenIn(names).slice(0, -KEPT)]
  for (const copy of old) await removeFile(join(folder, copy))
  await sweepTemporaries(folder, names)
}

/** The good copies of a file, the newest first. */
export async function goodCopies(paths: KeptPaths, name: string): Promise<string[]> {
  const latest = join(paths.good, name, LATEST)
  const replaced = await replacedCopies(paths, name)
  return (await isFolder(dirname(latest), {below: paths.kept})) && (await stampedFile(latest))
    ? [latest, ...replaced]
    : replaced
}

/** The versions that were replaced, as people left them, the newest first. */
export async function replacedCopies(paths: KeptPaths, name: string): Promise<string[]> {
  const folder = join(paths.good, name)
  if (!(await isFolder(folder, {below: paths.kept}))) return []
  return replacedIn(readdirSync(folder))
    .toReversed()
    .map(copy => join(folder, copy))
}

/** Kept versions that an editor wrote into after they had been replaced. */
export async function lateSaves(paths: KeptPaths, name: string): Promise<string[]> {
  const copies = (await replacedCopies(paths, name)).slice(0, 2)
  const late: string[] = []
  for (const copy of copies) if (await isSavedInto(copy)) late.push(copy)
  return late
}

/** Whether a kept version is another than when it was kept. */
export async function isSavedInto(copy: string): Promise<boolean> {
  const found = await stampedFile(copy)
  return found !== undefined && nameOf(numberOf(copy), found.stamp) !== basename(copy)
}

function numberOf(copy: string): number {
  return Number(basename(copy).split('-')[0])
}

/** A late save that has been told about is a good copy like any other. */
export async function settleLateSave(copy: string): Promise<void> {
  const found = await stampedFile(copy)
  if (found) renameSync(copy, join(dirname(copy), nameOf(numberOf(copy), found.stamp)))
}

async function folderOf(paths: KeptPaths, name: string): Promise<string> {
  const folder = join(paths.good, name)
  await ensureFolder(folder, 0o700, {below: join(paths.kept, '..')})
  return folder
}

function writtenIn(names: readonly string[]): string[] {
  const number = (name: string) => Number(WRITTEN.exec(name)?.[1])
  return names.filter(name => WRITTEN.test(name)).toSorted((one, other) => number(one) - number(other))
}

function replacedIn(names: readonly string[]): string[] {
  return names.filter(name => REPLACED.test(name)).toSorted((one, other) => numberOf(one) - numberOf(other))
}
