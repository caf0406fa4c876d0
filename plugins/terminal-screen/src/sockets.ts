import {createHash} from 'node:crypto'
import {lstat, mkdir} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'
import {pasteable} from './words.ts'

/** Screen cuts the path of a socket off at 107 bytes without a word; its own part, `/<pid>.<name>-queryA` at the longest, takes up to 42. */
const MOST_BYTES = 65

/** Where the screens of this state folder listen; in a short folder of the user's when the path would be too long for a socket. */
export function socketFolder({stateFolder}: PluginHost): string {
  const near = path.join(stateFolder, 's')
  if (Buffer.byteLength(near) <= MOST_BYTES) return near
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)
  return path.join('/tmp', `codex-planner-${user()}`, `screen-${name}`)
}

/** Whoever can open a socket can type into its session, so the folder must be the user's alone. */
export async function privateSocketFolder(host: PluginHost): Promise<string> {
  const folder = socketFolder(host)
  for (const each of [path.dirname(folder), folder]) {
    await mkdir(each, {mode: 0o700}).catch(present)
    const fault = await folderFault(each)
    if (fault) throw new Error(fault.reason)
  }
  return folder
}

export interface FolderFault {
  reason: string
  remedy: string
}

/** What forbids sockets here. A folder that does not exist yet forbids nothing. */
export async function folderFault(folder: string): Promise<FolderFault | undefined> {
  const found = await lstat(folder).catch(absent)
  if (!found) return undefined
  if (!found.isDirectory()) return inTheWay(folder, 'is not a folder')
  if (found.uid !== user()) return inTheWay(folder, 'belongs to another user')
  if (found.mode & 0o077)
    return {reason: `${folder} is open to other users.`, remedy: pasteable(['chmod', '700', folder])}
  return undefined
}

/** What `screen -ls` shows of a session, behind a pid. A terminal is known by its process, so two may bear one name for a while. */
export function screenName(project: string, session: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(project) || !/^[a-z0-9-]{1,63}$/.test(session))
    throw new RangeError(`${JSON.stringify(project)} or ${JSON.stringify(session)} cannot be part of a screen's name.`)
  const mark = createHash('sha256').update(`${project} ${session}`).digest('hex').slice(0, 6)
  return `cp-${session.slice(0, 16)}-${mark}`
}

function inTheWay(folder: string, what: string): FolderFault {
  return {reason: `${folder} ${what}.`, remedy: pasteable(['ls', '-ld', folder])}
}

function user(): number {
  if (!process.getuid) throw new Error('screen needs a system with user ids.')
  return process.getuid()
}

function absent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error
}

function present(error: unknown): undefined {
  if (errorCode(error) !== 'EEXIST') throw error
}
