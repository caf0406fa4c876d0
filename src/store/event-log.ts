import {renameSync} from 'node:fs'
import {dirname} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {hasCode} from './file-error.ts'
import {stampedFile} from './file-stamp.ts'
import type {ProjectPaths} from './paths.ts'
import {appendLine} from './safe-file.ts'
import {ensureFolder} from './safe-folder.ts'

const MAX_LINE_BYTES = 65_536
const MAX_LOG_BYTES = 10_000_000n

/** Notes what happened, one line each. The log is for people to look back: losing it never stops a command. Whether it was noted. */
export async function appendEvent(paths: ProjectPaths, event: Readonly<Record<string, unknown>>): Promise<boolean> {
  try {
    await ensureFolder(dirname(paths.log), 0o755, {below: paths.root})
    await rotate(paths.log)
    await appendLine(paths.log, lineOf(event), 0o600)
    return true
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'UNSAFE_FILE') return false
    throw error
  }
}

function lineOf(event: Readonly<Record<string, unknown>>): string {
  const line = JSON.stringify(event)
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line
  return JSON.stringify({at: event['at'], event: event['event'], cut: Array.from(line).slice(0, 4000).join('')})
}

/** Two processes that rotate at once move a nearly empty log aside as well; no line is lost. */
async function rotate(log: string): Promise<void> {
  const size = (await stampedFile(log))?.stamp.size ?? 0n
  if (size < MAX_LOG_BYTES) return
  try {
    renameSync(log, log.replace(/\.jsonl$/, `.${new Date().toISOString().replaceAll(/[-:.]/g, '')}.jsonl`))
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
