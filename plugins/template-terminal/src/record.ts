import {readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import type {ProcessIdentity, TerminalRef} from '@codex-planner/plugin-api'

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
