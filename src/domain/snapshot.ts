import {PlannerError} from './errors.ts'
import {jsonIn} from './json.ts'

/** What a snapshot does not hold although it stands in the worktree. */
export interface LeftOut {
  /** Relative to the worktree; a folder ends with `/`. */
  path: string
  /** At least; null where nobody counted. */
  bytes: number | null
  why: 'ignored' | 'repository' | 'submodule' | 'special' | 'unreadable'
}

/** What a snapshot says of itself. */
export interface SnapshotNote {
  /** Paths that were not committed, as git tells them. */
  paths: number
  /** Ignored files that are in it as well. */
  ignored: number
  left_out: {count: number; bytes: number; first: LeftOut[]}
}

export interface Snapshot extends Partial<SnapshotNote> {
  id: string
  session: string
  task_id: string | null
  /** ISO 8601 in UTC. */
  taken_at: string
  /** Null when it does not say. */
  reason: string | null
  commit: string
}

export const SNAPSHOTS = 'refs/codex-planner/snapshots/'

/** Ignored files are kept up to this many bytes in all: more of them can be made again than are worth keeping. */
export const IGNORED_BYTES = 10 * 1024 * 1024

const ID = /^(planner|worker-task-\d{3,9})\/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})-(\d{3})Z$/

export function isSnapshotId(text: string): boolean {
  return ID.test(text)
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireSnapshotId(text: string): string {
  if (isSnapshotId(text)) return text
  throw new PlannerError('INVALID_ARGUMENT', 'A snapshot is called like worker-task-001/20260131T120000-000Z.', [
    'codex-planner snapshots',
  ])
}

/** @param at ISO 8601 in UTC, with milliseconds */
export function snapshotId(session: string, at: string): string {
  return `${session}/${at.replaceAll(/[-:]/g, '').replace('.', '-')}`
}

/** How many of those that were left out a snapshot names. */
const NAMED = 50

export function noteOf(paths: number, ignored: number, leftOut: readonly LeftOut[]): SnapshotNote {
  const bytes = leftOut.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
  return {paths, ignored, left_out: {count: leftOut.length, bytes, first: leftOut.slice(0, NAMED)}}
}

const NOTE = 'Snapshot: '

/** The message of a snapshot's commit: a line for a person, and what this program reads again. */
export function snapshotMessage(session: string, reason: string, note: SnapshotNote): string {
  const left = note.left_out.count === 0 ? '' : ` ${note.left_out.count} path(s) were left out.`
  return [
    `codex-planner: ${session}, ${reason}`,
    `${note.paths} path(s) were not committed.${left}`,
    `${NOTE}${JSON.stringify(note)}`,
  ].join('\n\n')
}

/** Undefined when the ref is none of ours. A message that says nothing leaves its fields out. */
export function readSnapshot(ref: string, commit: string, message: string): Snapshot | undefined {
  const id = ref.startsWith(SNAPSHOTS) ? ref.slice(SNAPSHOTS.length) : ''
  const [, session, year, month, day, hour, minute, second, ms] = ID.exec(id) ?? []
  if (session === undefined) return undefined
  const reason = /^codex-planner: \S+, ([^\n]{1,60})/.exec(message)?.[1] ?? null
  const line = message.split('\n').find(line => line.startsWith(NOTE))
  return {
    id,
    session,
    task_id: session.startsWith('worker-') ? session.slice('worker-'.length).toUpperCase() : null,
    taken_at: `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`,
    reason,
    commit,
    ...(line === undefined ? {} : noteIn(line.slice(NOTE.length))),
  }
}

function noteIn(text: string): Partial<SnapshotNote> {
  const found = jsonIn(text)
  return isNote(found) ? {paths: found.paths, ignored: found.ignored, left_out: found.left_out} : {}
}

function isNote(found: unknown): found is SnapshotNote {
  const {paths, ignored, left_out: leftOut} = (found ?? {}) as Partial<SnapshotNote>
  const {count, bytes, first} = leftOut ?? {}
  return [paths, ignored, count, bytes].every(Number.isSafeInteger) && Array.isArray(first) && first.every(isLeftOut)
}

function isLeftOut(found: unknown): boolean {
  const {path, bytes, why} = (found ?? {}) as Partial<LeftOut>
  return typeof path === 'string' && (bytes === null || typeof bytes === 'number') && typeof why === 'string'
}

/** The newest first, and in one moment by name. */
export function newestFirst(one: Pick<Snapshot, 'id'>, other: Pick<Snapshot, 'id'>): number {
  const key = ({id}: Pick<Snapshot, 'id'>) => id.slice(id.indexOf('/') + 1)
  return key(other).localeCompare(key(one), 'en') || one.id.localeCompare(other.id, 'en', {numeric: true})
}
