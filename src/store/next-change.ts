import {type FSWatcher, watch} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'

import {hasCode} from './file-error.ts'

export interface ChangeOptions {
  /** Changes can be missed (network file systems), so none is waited for longer. */
  atMostMs: number
  /** Many changes in that time count as one. */
  atLeastMs?: number
  /** The one name in the folder that is meant; default: any. */
  name?: string
  /** Ends the waiting. */
  signal?: AbortSignal
}

/** The next change in a folder, counted from now on. `stop` ends the waiting. */
export function nextChange(folder: string, options: ChangeOptions): {happened: Promise<void>; stop(): void} {
  const {atMostMs, atLeastMs = 0, name, signal} = options
  const over = new AbortController()
  const stop = () => over.abort()
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, {once: true, signal: over.signal})
  const changed = new Promise<void>(resolve => {
    const watcher = watched(folder, changed => {
      if (name === undefined || changed === null || changed === name) resolve()
    })
    const timer = setTimeout(resolve, atMostMs)
    const end = () => {
      clearTimeout(timer)
      watcher?.close()
      resolve()
    }
    if (over.signal.aborted) end()
    else over.signal.addEventListener('abort', end, {once: true})
  })
  const quiet = atLeastMs === 0 ? undefined : delay(atLeastMs, undefined, {signal: over.signal}).catch(ignoreAbort)
  const happened = Promise.all([changed, quiet]).then(stop)
  return {happened, stop}
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

/** Undefined where the system has no watch left to give. */
function watched(folder: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_, name) => onChange(name))
    watcher.on('error', () => onChange(null))
    return watcher
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOSPC', 'EMFILE')) return undefined
    throw error
  }
}
