import {constants} from 'node:fs'
import {type FileHandle, open} from 'node:fs/promises'
import path from 'node:path'

import {isNodeError} from './node-error.ts'

/** Codex's own file of settings. */
export function codexConfigFile(home: string): string {
  return path.join(home, 'config.toml')
}

/** Whether adding a tool server with Codex itself would write others of the person anew, with their comments and spacing gone. */
export async function hasToolServers(file: string): Promise<boolean> {
  const text = await withFile(file, constants.O_RDONLY, handle => handle.readFile('utf8'))
  return text !== undefined && tableOf(await parse(text), 'mcp_servers') !== undefined
}

/**
 * Puts a table behind what is in the file and leaves every byte before it, its mode and a link to it as they are. What `accepts` then
 * refuses is taken away again. @returns whether it is there now
 */
export async function appendTable(file: string, table: string, accepts: () => Promise<boolean>): Promise<boolean> {
  const done = await withFile(file, constants.O_RDWR | constants.O_APPEND, async handle => {
    const before = await handle.readFile()
    const text = before.toString('utf8')
    const added = `${text === '' || text.endsWith('\n') ? '' : '\n'}\n${table}`
    if ((await parse(text + added)) === undefined) return false
    await handle.appendFile(added)
    await handle.sync()
    if (await accepts()) return true
    const {size} = await handle.stat()
    if (size === before.length + Buffer.byteLength(added)) await handle.truncate(before.length)
    return false
  })
  return done ?? false
}

async function parse(text: string): Promise<Record<string, unknown> | undefined> {
  const {parse, TomlError} = await import('smol-toml')
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof TomlError) return undefined
    throw error
  }
}

function tableOf(document: Record<string, unknown> | undefined, key: string): object | undefined {
  const found = document?.[key]
  return typeof found === 'object' && found !== null ? found : undefined
}

async function withFile<Result>(
  file: string,
  flags: number,
  work: (handle: FileHandle) => Promise<Result>,
): Promise<Result | undefined> {
  const handle = await open(file, flags).catch((error: unknown) => {
    if (isNodeError(error) && error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    return await work(handle)
  } finally {
    await handle.close()
  }
}
