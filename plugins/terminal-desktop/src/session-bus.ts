import path from 'node:path'

import {listens} from './knock.ts'

/** Whether a D-Bus session bus is there. An address that only D-Bus itself can reach counts as one: nobody else can tell. */
export async function hasSessionBus(env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const socket of busSockets(env)) if (socket === undefined || (await listens(socket))) return true
  return false
}

/** The sockets a session bus may listen on, in the order they are tried; undefined for an address of another kind. */
export function busSockets(env: NodeJS.ProcessEnv): (string | undefined)[] {
  const addresses = env['DBUS_SESSION_BUS_ADDRESS']
  if (addresses) return addresses.split(';').filter(Boolean).map(socketOf)
  const runtime = env['XDG_RUNTIME_DIR']
  return runtime && path.isAbsolute(runtime) ? [path.join(runtime, 'bus')] : []
}

/** `unix:path=/run/user/1000/bus,guid=…`, `unix:abstract=/tmp/dbus-x`; bytes may be written as `%20`. */
function socketOf(address: string): string | undefined {
  const [, kind, value] = /^unix:(?:.*,)?(path|abstract)=([^,]*)/.exec(address) ?? []
  if (kind === undefined || value === undefined) return undefined
  const plain = value.replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return kind === 'abstract' ? `\0${plain}` : plain
}
