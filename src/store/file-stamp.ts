import {type BigIntStats, lstatSync} from 'node:fs'

import {hasCode, notPlainFile, onFile} from './file-error.ts'

/** One version of one file. */
export interface FileStamp {
  dev: bigint
  ino: bigint
  size: bigint
  mtime_ns: bigint
  /** Nobody can set it: it tells this file from any copy of it. Another name for the file changes it, so it is no part of the version. */
  ctime_ns: bigint
}

/** The version of a plain file as it is now; undefined when there is none. @throws PlannerError UNSAFE_FILE */
export async function stampedFile(file: string): Promise<{stamp: FileStamp; mode: number} | undefined> {
  return onFile(file, async () => {
    const found = existing(file)
    if (!found) return undefined
    requirePlain(file, found)
    return {stamp: stampOf(found), mode: Number(found.mode & 0o777n)}
  })
}

function existing(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, {bigint: true})
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

export function sameStamp(one: FileStamp, other: FileStamp): boolean {
  return one.dev === other.dev && one.ino === other.ino && one.size === other.size && one.mtime_ns === other.mtime_ns
}

export function timeOf(stamp: FileStamp): string {
  return new Date(Number(stamp.mtime_ns / 1_000_000n)).toISOString()
}

export function stampOf(found: BigIntStats): FileStamp {
  return {dev: found.dev, ino: found.ino, size: found.size, mtime_ns: found.mtimeNs, ctime_ns: found.ctimeNs}
}

/** @throws PlannerError UNSAFE_FILE */
export function requirePlain(file: string, found: BigIntStats): void {
  if (found.isFile()) return
  if (found.isSymbolicLink()) throw notPlainFile(file, 'a symbolic link')
  if (found.isDirectory()) throw notPlainFile(file, 'a folder')
  if (found.isFIFO()) throw notPlainFile(file, 'a named pipe')
  throw notPlainFile(file, 'a socket or device')
}
