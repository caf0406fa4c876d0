import {isAscii} from 'node:buffer'
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {basename, dirname, join} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {hasCode, onFile, tidying} from './file-error.ts'
import {type FileStamp, requirePlain, sameStamp, stampedFile, stampOf} from './file-stamp.ts'
import {syncFolder} from './safe-folder.ts'

export interface ReadOptions {
  maxBytes: number
  /** For files outside the repository that people keep behind links. */
  follow?: boolean
}

/** Undefined when there is no such file; `bytes` is undefined when it is larger than `maxBytes`. @throws PlannerError UNSAFE_FILE */
export async function readBytes(
  file: string,
  {maxBytes, follow = false}: ReadOptions,
): Promise<{bytes: Buffer | undefined; stamp: FileStamp} | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW)
  return whileOpen(file, flags, fd => {
    const found = fstatSync(fd, {bigint: true})
    requirePlain(file, found)
    const stamp = stampOf(found)
    return {bytes: found.size > maxBytes ? undefined : readFileSync(fd), stamp}
  })
}

/** Opens for reading; undefined when there is no such file. */
export async function whileOpen<Result>(
  file: string,
  flags: number,
  work: (fd: number) => Result,
): Promise<Result | undefined> {
  return onFile(file, async () => {
    const fd = openExisting(file, flags)
    if (fd === undefined) return undefined
    try {
      return work(fd)
    } finally {
      closeSync(fd)
    }
  })
}

function openExisting(file: string, flags: number): number | undefined {
  try {
    return openSync(file, flags)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Undefined when it is not UTF-8. A byte order mark stays. */
export function decodeText(bytes: Buffer): string | undefined {
  // Nearly all is, and this takes a tenth of the time.
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch (error) {
    if (hasCode(error, 'ERR_ENCODING_INVALID_ENCODED_DATA')) return undefined
    throw error
  }
}

/** Undefined when there is no such file. @throws PlannerError UNSAFE_FILE */
export async function readText(
  file: string,
  options: ReadOptions,
): Promise<{text: string; stamp: FileStamp} | undefined> {
  const read = await readBytes(file, options)
  if (!read) return undefined
  const look = [pasteable(['ls', '-l', file])]
  if (!read.bytes) {
    throw new PlannerError(
      'UNSAFE_FILE',
      `${file} has ${read.stamp.size} bytes; at most ${options.maxBytes} are read.`,
      look,
    )
  }
  const text = decodeText(read.bytes)
  if (text === undefined)
    throw new PlannerError('UNSAFE_FILE', `${file} is not UTF-8 text.`, [pasteable(['file', file])])
  return {text, stamp: read.stamp}
}

/** Makes the file, whole, unless there is one by that name: false then. @throws PlannerError UNSAFE_FILE */
export async function createText(file: string, text: string, mode: number): Promise<boolean> {
  return onFile(file, async () => {
    // Then the text need not be brought to the disk first.
    if (isTaken(file)) return false
    const temporary = writeTemporary(file, text, mode)
    try {
      linkSync(temporary, file)
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false
      if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
      if (!copyExclusively(temporary, file)) return false
      await whileOpen(file, constants.O_RDONLY | constants.O_NOFOLLOW, fsyncSync)
    } finally {
      unlinkSync(temporary)
    }
    await syncFolder(dirname(file))
    return true
  })
}

/** Whether anything stands there, a link to nowhere too. */
export function isTaken(file: string): boolean {
  return lstatSync(file, {throwIfNoEntry: false}) !== undefined
}

function copyExclusively(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

export interface ReplaceOptions {
  /** For a file that is not there yet; one that is keeps its own. */
  mode: number
  /** What was read; null when there was no file. Without it any version is replaced. */
  expected?: FileStamp | null
}

/** Replaces the whole file in one step. Undefined, and nothing done, when it is not the expected version. @throws PlannerError UNSAFE_FILE */
export async function replaceText(file: string, text: string, options: ReplaceOptions): Promise<FileStamp | undefined> {
  return onFile(file, async () => {
    const old = await stampedFile(file)
    if (!isExpected(old?.stamp, options.expected)) return undefined
    const temporary = writeTemporary(file, text, old?.mode ?? options.mode)
    try {
      const current = await stampedFile(file)
      const stamp = (await stampedFile(temporary))?.stamp
      if (!isExpected(current?.stamp, options.expected) || !stamp) {
        unlinkSync(temporary)
        return undefined
      }
      renameSync(temporary, file)
      await syncFolder(dirname(file))
      return stamp
    } catch (error) {
      await removeFile(temporary)
      throw error
    }
  })
}

function isExpected(found: FileStamp | undefined, expected: FileStamp | null | undefined): boolean {
  if (expected === undefined) return true
  if (expected === null || found === undefined) return expected === null && found === undefined
  return sameStamp(found, expected)
}

/** Replaces a private file that can be made again: whole at any time, but after a power cut it may be anything. */
export async function replaceDerived(file: string, text: string): Promise<void> {
  const temporary = writeTemporary(file, text, 0o600, {isFlushed: false})
  try {
    renameSync(temporary, file)
  } catch (error) {
    await removeFile(temporary)
    throw error
  }
}

function writeTemporary(file: string, text: string, mode: number, {isFlushed} = {isFlushed: true}): string {
  const temporary = join(dirname(file), `.tmp-${basename(file)}-${uniqueDigits()}`)
  const fd = openSync(temporary, 'wx', mode)
  try {
    try {
      fchmodSync(fd, mode)
      writeFileSync(fd, text)
      if (isFlushed) fsyncSync(fd)
    } finally {
      // On some disks this is where it is told that there is no space left.
      closeSync(fd)
    }
  } catch (error) {
    unlinkSync(temporary)
    throw error
  }
  return temporary
}

/**
 * No other writer on this disk has the same digits, in this process or another one, on this machine or another one. Loading a library for
 * random bytes takes longer than writing the file.
 */
function uniqueDigits(): string {
  return [process.hrtime.bigint(), process.pid, Math.floor(Math.random() * 2 ** 32)]
    .map(number => number.toString(16))
    .join('')
}

const HOUR_MS = 3_600_000

/** Removes what a killed writer left beside the files of this folder, if that is there; `names` is what stands in it, where that is known. */
export async function sweepTemporaries(folder: string, names?: readonly string[]): Promise<void> {
  await tidying(async () => {
    for (const name of names ?? (await namesIn(folder))) {
      if (!name.startsWith('.tmp-')) continue
      const found = await stampedFile(join(folder, name))
      if (found && Date.now() - Number(found.stamp.mtime_ns / 1_000_000n) > HOUR_MS)
        await removeFile(join(folder, name))
    }
  })
}

/** What stands in a folder; nothing where there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Whether there was one. */
export async function removeFile(file: string): Promise<boolean> {
  try {
    unlinkSync(file)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Adds one line, in one write. A torn last line is ended first, so that only it is lost. @throws PlannerError UNSAFE_FILE */
export async function appendLine(file: string, line: string, mode = 0o600): Promise<void> {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
  await onFile(file, async () => {
    const fd = openSync(file, flags, mode)
    try {
      const found = fstatSync(fd, {bigint: true})
      requirePlain(file, found)
      writeFileSync(fd, `${endsTorn(fd, Number(found.size)) ? '\n' : ''}${line}\n`)
    } finally {
      closeSync(fd)
    }
  })
}

function endsTorn(fd: number, size: number): boolean {
  if (size === 0) return false
  const last = Buffer.alloc(1)
  readSync(fd, last, 0, 1, size - 1)
  return last[0] !== 0x0a
}
