import {readlinkSync, realpathSync} from 'node:fs'
import path from 'node:path'
import {isNodeError} from './node-error.ts'
import {pids} from './process.ts'

/** Processes that have their working folder there, links resolved; undefined where the system does not tell. */
export function processesIn(folder: string): number[] | undefined {
  const all = pids()
  return all.length === 0 ? undefined : all.filter(pid => isBelow(workingFolder(pid), folder))
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

/** Links resolved as far as there is something. */
export function resolvedPart(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    if (!isNodeError(error) || folder === path.dirname(folder)) throw error
    return path.join(resolvedPart(path.dirname(folder)), path.basename(folder))
  }
}
