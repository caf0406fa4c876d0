import {type FSWatcher, watch} from 'node:fs'

import {lastTurn} from '../domain/last-turn.ts'
import {conversationFile, conversationTail} from '../system/codex.ts'
import {isNodeError} from '../system/node-error.ts'
import type {Project} from './project.ts'
import {noteTroubles} from './trouble.ts'

/** Codex writes many lines at once; a record that is still being written has more to say. */
const QUIET_MS = 1000

/**
 * Codex reports the end of a turn, but not of one that failed: then its record alone tells. It is read when it changed and came to rest, so a
 * session that does nothing costs nothing. Keeps no process alive.
 */
export async function watchForFailures(project: Project, run: string, conversation: string): Promise<void> {
  const file = await conversationFile(project.host.codexHome, conversation)
  const watcher = file === undefined ? undefined : watched(file)
  if (file === undefined || !watcher) return
  let rest: NodeJS.Timeout | undefined
  watcher.on('error', () => watcher.close())
  watcher.on('change', () => {
    clearTimeout(rest)
    rest = setTimeout(look, QUIET_MS, project, run, file).unref()
  })
}

/** Undefined where the system has no watch left to give; then the next command that looks finds it. */
function watched(file: string): FSWatcher | undefined {
  try {
    return watch(file, {persistent: false})
  } catch (error) {
    if (isNodeError(error) && ['ENOENT', 'ENOSPC', 'EMFILE'].includes(error.code ?? '')) return undefined
    throw error
  }
}

function look(project: Project, run: string, file: string): void {
  void lookAt(project, run, file).catch((error: unknown) => project.trace('look-failed', {reason: String(error)}))
}

async function lookAt(project: Project, run: string, file: string): Promise<void> {
  if (lastTurn(await conversationTail(file)).end?.how === 'failed') await noteTroubles(project, run)
}
