import {readdirSync, readlinkSync, realpathSync} from 'node:fs'
import path from 'node:path'

import {isNodeError} from './program.ts'

/** Processes that have their working folder there, links resolved; undefined where the system does not tell. */
export function processesIn(folder: string): number[] | undefined {
  const pids = namesIn('/proc')?.filter(name => /^\d+$/.test(name))
  if (!pids || pids.length === 0) return undefined
  return pids.map(Number).filter(pid => isBelow(workingFolder(pid), folder))
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isNodeError(error)) return undefined
    throw error
  }
}

/** Empty for a process that has just ended, and for one of another user, whose folder nobody else may know. */
function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch (error) {
    if (isNodeError(error)) return ''
    throw error
  }
}

/** By whole names of folders, as they are written. */
export function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : `${folder}${path.sep}`)
}

/** Links on the way to a folder resolved; the folder itself need not be there, and is not followed. */
export function asWritten(folder: string): string {
  try {
    return path.join(realpathSync(path.dirname(folder)), path.basename(folder))
  } catch (error) {
    if (isNodeError(error)) return folder
    throw error
  }
}
