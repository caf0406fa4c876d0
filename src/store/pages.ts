import {constants, fstatSync, readSync} from 'node:fs'
import {dirname, join} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {requirePlain} from './file-stamp.ts'
import type {ProjectPaths} from './paths.ts'
import {whileOpen} from './safe-file.ts'
import {isFolder} from './safe-folder.ts'

export interface Page {
  text: string
  total_bytes: number
  /** Where the next page begins; null when this was the last. */
  next_offset: number | null
}

/** A part of a text file of ours (relative to the root), never more of it in memory; undefined when there is no such file. */
export async function readPage(
  paths: ProjectPaths,
  file: string,
  {offset, maxBytes}: {offset: number; maxBytes: number},
): Promise<Page | undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new PlannerError('INVALID_ARGUMENT', `offset is ${offset}; it counts bytes from 0.`)
  }
  const path = join(paths.root, file)
  if (!(await isFolder(dirname(path), {below: paths.root}))) return undefined
  return pageOf(path, offset, Math.max(maxBytes, LONGEST_CHARACTER))
}

const LONGEST_CHARACTER = 4

async function pageOf(path: string, offset: number, maxBytes: number): Promise<Page | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  return whileOpen(path, flags, fd => {
    const found = fstatSync(fd, {bigint: true})
    requirePlain(path, found)
    const total_bytes = Number(found.size)
    if (offset >= total_bytes) return {text: '', total_bytes, next_offset: null}
    const start = characterStart(fd, offset)
    const end = Math.min(start + maxBytes, total_bytes)
    const stop = end === total_bytes ? end : characterStart(fd, end)
    const bytes = readBetween(fd, start, stop)
    return {text: bytes.toString('utf8'), total_bytes, next_offset: stop < total_bytes ? stop : null}
  })
}

/** `offset`, or the first byte of the character it is inside of. */
function characterStart(fd: number, offset: number): number {
  const from = Math.max(0, offset - LONGEST_CHARACTER + 1)
  const bytes = readBetween(fd, from, offset + 1)
  let back = bytes.length - 1
  while (back > 0 && isContinuation(bytes[back])) back -= 1
  return isContinuation(bytes[back]) ? offset : from + back
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0
}

function readBetween(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from)
  return bytes.subarray(0, readSync(fd, bytes, 0, to - from, from))
}
