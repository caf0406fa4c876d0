import {copyFile, link, readdir, rename} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'

import {hasCode, onFile} from './file-error.ts'
import {type FileStamp, sameStamp, stampedFile} from './file-stamp.ts'
import type {KeptPaths} from './paths.ts'
import {removeFile, replaceText, sweepTemporaries} from './safe-file.ts'
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
    const last = REPLACED.exec((await replacedNames(folder)).at(-1) ?? '')?.[1]
    for (let number = Number(last ?? 0) + 1; ; number += 1) {
      const copy = join(folder, nameOf(number, stamp))
      const how = await linked(file, copy)
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
  await copyFile(file, copy)
  const found = await stampedFile(copy)
  if (!found) return undefined
  const named = join(dirname(copy), nameOf(number, found.stamp))
  await rename(copy, named)
  return named
}

async function linked(file: string, copy: string): Promise<'linked' | 'taken' | 'impossible'> {
  try {
    await link(file, copy)
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

export async function pruneGood(paths: KeptPaths, name: string): Promise<void> {
  const folder = await folderOf(paths, name)
  for (const old of (await replacedNames(folder)).slice(0, -KEPT)) await removeFile(join(folder, old))
  await sweepTemporaries(folder)
}

/** The good copies of a file, the newest first. */
export async function goodCopies(paths: KeptPaths, name: string): Promise<string[]> {
  const folder = join(paths.good, name)
  if (!(await isFolder(folder, {below: paths.kept}))) return []
  const latest = (await stampedFile(join(folder, LATEST))) ? [LATEST] : []
  return [...latest, ...(await replacedNames(folder)).toReversed()].map(copy => join(folder, copy))
}

/** Kept versions that an editor wrote into after they had been replaced. */
export async function lateSaves(paths: KeptPaths, name: string): Promise<string[]> {
  const copies = (await goodCopies(paths, name)).filter(copy => basename(copy) !== LATEST).slice(0, 2)
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
  if (found) await rename(copy, join(dirname(copy), nameOf(numberOf(copy), found.stamp)))
}

async function folderOf(paths: KeptPaths, name: string): Promise<string> {
  const folder = join(paths.good, name)
  await ensureFolder(folder, 0o700, {below: join(paths.kept, '..')})
  return folder
}

async function replacedNames(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => REPLACED.test(name))
  return names.toSorted((one, other) => numberOf(one) - numberOf(other))
}
