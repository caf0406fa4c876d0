import {createHash} from 'node:crypto'
import {lstat, mkdir} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'
import {pasteable} from './quoting.ts'

/** The system's limit lies at 104 bytes or a little above. */
const MOST_BYTES = 100

/** Where the server of this state folder listens; in a short folder of the user's when the path would be too long for a socket. */
export function socketPath(host: PluginHost): string {
  const near = path.join(host.stateFolder, 'tmux.sock')
  if (Buffer.byteLength(near) <= MOST_BYTES) return near
  const name = createHash('sha256').update(host.stateFolder).digest('hex').slice(0, 16)
  return path.resolve(host.env['TMUX_TMPDIR'] || '/tmp', `codex-planner-${user()}`, `${name}.sock`)
}

/** Whoever can open the socket can type into every session, so its folder must be the user's alone. */
export async function privateSocket(host: PluginHost): Promise<string> {
  const socket = socketPath(host)
  const fault = (await makeFolder(path.dirname(socket))) ?? (await socketFault(socket))
  if (fault) throw new Error(fault.reason)
  return socket
}

export interface SocketFault {
  reason: string
  remedy: string
}

/** What forbids a socket here. A folder that does not exist yet forbids nothing. */
export async function socketFault(socket: string): Promise<SocketFault | undefined> {
  const folder = path.dirname(socket)
  if (Buffer.byteLength(socket) > MOST_BYTES) return elsewhere(`${socket} is too long a path for a socket.`)
  const found = await lstat(folder).catch(absent)
  if (!found) return undefined
  if (!found.isDirectory()) return elsewhere(`${folder} is not a folder.`)
  if (found.uid !== user()) return elsewhere(`${folder} belongs to another user.`)
  if (found.mode & 0o077)
    return {reason: `${folder} is open to other users.`, remedy: pasteable(['chmod', '700', folder])}
  return undefined
}

async function makeFolder(folder: string): Promise<SocketFault | undefined> {
  try {
    await mkdir(folder, {mode: 0o700})
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'EEXIST') return elsewhere(`${folder} cannot be made (${String(code)}).`)
  }
  return undefined
}

function user(): number {
  if (!process.getuid) throw new Error('tmux needs a system with user ids.')
  return process.getuid()
}

function absent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error
}

function elsewhere(reason: string): SocketFault {
  return {reason, remedy: 'mkdir -p -m 700 ~/.tmux-sockets && export TMUX_TMPDIR=~/.tmux-sockets'}
}
