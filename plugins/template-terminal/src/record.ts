import {readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {PluginHost, ProcessIdentity, TerminalRef} from '@codex-planner/plugin-api'

/** What `window.sh` wrote of itself; undefined as long as it has not said all. */
export async function readRecord(folder: string): Promise<TerminalRef | undefined> {
  const text = await readFile(path.join(folder, 'window'), 'utf8').catch(onlyAt('ENOENT'))
  if (!text?.endsWith('\n')) return undefined
  const [pid, started, boot = '', pidns = '', socket = ''] = text.split('\n')
  return {pid: Number(pid), started: Number(started), boot, pidns, socket: path.join(folder, socket)}
}

/** Keeps the script from beginning; when it was faster, this is its record. Somebody who refused it as well may have removed the folder. */
export async function refuse(folder: string): Promise<TerminalRef | undefined> {
  await writeFile(path.join(folder, 'window'), 'refused', {flag: 'wx'}).catch(onlyAt('EEXIST', 'ENOENT'))
  const record = await readRecord(folder)
  if (!record) await rm(folder, {recursive: true, force: true})
  return record
}

/** Milliseconds after which nobody waits for a record any more. */
const LONG = 60_000

/**
 * Removes the folder of a terminal that was closed, and of those that ended by themselves long ago. What is removed is found here, and not where
 * a ref says: folders of ours with a whole record, whose process is proven to have ended. Anything else stays.
 */
export async function tidy({stateFolder, processes}: PluginHost, closed: ProcessIdentity): Promise<void> {
  const entries = (await readdir(stateFolder, {withFileTypes: true}).catch(onlyAt('ENOENT'))) ?? []
  for (const {name} of entries.filter(entry => entry.isDirectory())) {
    const folder = path.join(stateFolder, name)
    const known = processOf((await readRecord(folder)) ?? {})
    if (!known || (await processes.statesOf([known]))[0] !== 'gone') continue
    const written = await stat(path.join(folder, 'window')).catch(onlyAt('ENOENT'))
    const isClosed = known.pid === closed.pid && known.started === closed.started && known.boot === closed.boot
    if (isClosed || (written && Date.now() - written.mtimeMs > LONG)) await rm(folder, {recursive: true, force: true})
  }
}

/** The process in a terminal; undefined for a record that is not ours. */
export function processOf({pid, started, boot, pidns}: TerminalRef): ProcessIdentity | undefined {
  const areNumbers = [pid, started].every(value => Number.isSafeInteger(value) && Number(value) > 1)
  if (!areNumbers || typeof boot !== 'string' || typeof pidns !== 'string') return undefined
  return {pid: Number(pid), started: Number(started), boot, pidns}
}

function onlyAt(...codes: string[]): (error: Error & {code?: unknown}) => undefined {
  return error => {
    if (!codes.includes(String(error.code))) throw error
  }
}
