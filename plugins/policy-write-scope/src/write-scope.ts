import type {SettingsSchema, WorkerPolicy, WorkRequest} from '@codex-planner/plugin-api'

import {intersect} from './intersect.ts'

export interface Settings {
  /** A task that names no paths may write anywhere, so it works alone; or it is let through, as if it wrote nowhere. */
  without_scope: 'alone' | 'pass'
}

export const SETTINGS: SettingsSchema<Settings> = {
  without_scope: {
    default: 'alone',
    accepted: '"alone" or "pass"',
    read: value => (value === 'alone' || value === 'pass' ? value : undefined),
  },
}

/** Nobody knows when a worker will be done. */
const AGAIN_SECONDS = 60

/** Has a worker wait while another one is at work that may write in the same place. */
export function writeScope(settings: Settings): WorkerPolicy {
  return {
    name: 'write-scope',
    api: 1,
    admit({kind, taskId, writeScope, active}) {
      if (kind !== 'worker') return {allowed: true}
      for (const other of active) {
        const reason = overlap(settings, taskId ?? 'A task', writeScope, other)
        if (reason !== undefined) return {allowed: false, reason, retryAfterSeconds: AGAIN_SECONDS}
      }
      return {allowed: true}
    },
  }
}

/** Where both may write, as a sentence; undefined when there is no such place. */
function overlap(
  {without_scope}: Settings,
  taskId: string,
  mine: readonly string[],
  other: WorkRequest['active'][number],
): string | undefined {
  const anywhere = mine.length === 0 ? taskId : other.writeScope.length === 0 ? other.taskId : undefined
  if (anywhere !== undefined) {
    if (without_scope === 'pass') return undefined
    return anywhere === taskId
      ? `${taskId} names no paths it may change, so it waits until ${other.taskId} is done.`
      : `${anywhere} is at work and names no paths it may change, so it may change any.`
  }
  for (const scope of mine) {
    const theirs = other.writeScope.find(theirs => intersect(scope, theirs))
    if (theirs !== undefined)
      return `${other.taskId} is at work and may change ${shown(theirs)}, as ${taskId} may ${shown(scope)}.`
  }
  return undefined
}

/** A scope is one line, but for one that somebody wrote by hand. */
function shown(scope: string): string {
  const text = scope.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?')
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
