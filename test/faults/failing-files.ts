// Preloaded into the program: lets one call of node:fs below a folder fail, and notes it. See `files.test.ts`.
import fs from 'node:fs'
import type {FileHandle} from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'

/** What is asked of it, in the environment of each call of the program. */
export interface FileFault {
  /** Only what is below it counts. */
  CODEX_PLANNER_FAULT_FOLDER: string
  /** The how many-th of these calls fails; none for 0. */
  CODEX_PLANNER_FAULT_AT: string
  CODEX_PLANNER_FAULT_CODE: string
  /** A line for each call that counted with 0, else for the one that failed. A new name begins a new count. */
  CODEX_PLANNER_FAULT_NOTES: string
}

type Call = (...parameters: unknown[]) => unknown

const append = fs.appendFileSync.bind(fs)
const NAMES = [
  ...['access', 'appendFile', 'chmod', 'copyFile', 'link', 'lstat', 'mkdir', 'open', 'readdir', 'readFile'],
  ...['readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile'],
]
const OF_A_DESCRIPTOR = ['close', 'fchmod', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'read', 'write']
const OF_A_HANDLE = ['appendFile', 'chmod', 'read', 'readFile', 'stat', 'sync', 'truncate', 'write', 'writeFile']

const count = {notes: '', calls: 0}

function mayFail(name: string, place: unknown): void {
  const asked = process.env as Partial<FileFault>
  const folder = asked.CODEX_PLANNER_FAULT_FOLDER
  const file = String(place)
  if (folder === undefined || !file.startsWith(`${folder}/`)) return
  const notes = asked.CODEX_PLANNER_FAULT_NOTES ?? ''
  if (count.notes !== notes) Object.assign(count, {notes, calls: 0})
  count.calls += 1
  const at = Number(asked.CODEX_PLANNER_FAULT_AT)
  if (at === 0 || at === count.calls) append(notes, `${name} ${file.slice(folder.length + 1)}\n`)
  if (at === count.calls) throw failure(asked.CODEX_PLANNER_FAULT_CODE ?? 'EIO', name, file)
}

const WORDS: Record<string, [errno: number, words: string]> = {
  EIO: [-5, 'i/o error'],
  EACCES: [-13, 'permission denied'],
  ENOSPC: [-28, 'no space left on device'],
  EROFS: [-30, 'read-only file system'],
}

function failure(code: string, syscall: string, path: string): Error {
  const [errno, words] = WORDS[code] ?? [-1, 'unknown']
  return Object.assign(new Error(`${code}: ${words}, ${syscall} '${path}'`), {code, errno, syscall, path})
}

/** A file is closed even where that fails. */
function wrapHandle(handle: FileHandle, file: unknown): FileHandle {
  for (const name of OF_A_HANDLE) {
    const original = (Reflect.get(handle, name) as Call).bind(handle)
    const failing = async (...parameters: unknown[]) => {
      mayFail(name, file)
      return original(...parameters)
    }
    Object.defineProperty(handle, name, {value: failing, configurable: true})
  }
  const close = handle.close.bind(handle)
  Object.defineProperty(handle, 'close', {
    value: async () => {
      await close()
      mayFail('close', file)
    },
    configurable: true,
  })
  return handle
}

for (const name of NAMES) {
  const original = (Reflect.get(fs.promises, name) as Call).bind(fs.promises)
  Reflect.set(fs.promises, name, async (...parameters: unknown[]) => {
    mayFail(name, parameters[0])
    const result = await original(...parameters)
    return name === 'open' ? wrapHandle(result as FileHandle, parameters[0]) : result
  })
}

/** What is open, by its descriptor. */
const opened = new Map<unknown, unknown>()
let isInside = false

/** What Node itself calls for one of these is no call of its own. */
function once(work: () => unknown): unknown {
  isInside = true
  try {
    return work()
  } finally {
    isInside = false
  }
}

for (const name of [...NAMES, ...OF_A_DESCRIPTOR].map(name => `${name}Sync`)) {
  const original = (Reflect.get(fs, name) as Call).bind(fs)
  Reflect.set(fs, name, (...parameters: unknown[]) => {
    if (isInside) return original(...parameters)
    const [place] = parameters
    const file = typeof place === 'number' ? opened.get(place) : place
    if (name !== 'closeSync') mayFail(name, file)
    const result = once(() => original(...parameters))
    if (name === 'openSync') opened.set(result, file)
    if (name === 'closeSync') {
      opened.delete(place)
      mayFail(name, file)
    }
    return result
  })
}
syncBuiltinESMExports()
