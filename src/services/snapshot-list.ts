import {isSnapshotId, newestFirst, readSnapshot, SNAPSHOTS, type Snapshot} from '../domain/snapshot.ts'
import {jsonBytes} from '../domain/text.ts'
import type {Project} from './project.ts'
import {foreignCursor} from './tasks.ts'

export interface SnapshotQuery {
  session?: string | undefined
  limit?: number | undefined
  /** Of the serialized answer; null for no bound. */
  maxBytes: number | null
  cursor?: string | undefined
}

export interface SnapshotPage {
  snapshots: Snapshot[]
  /** The last id on this page; null when no more follow. */
  next_cursor: string | null
}

/** The newest first. @throws PlannerError CURSOR_INVALID, GIT_FAILED */
export async function listSnapshots(project: Project, query: SnapshotQuery): Promise<SnapshotPage> {
  const {session, limit, cursor, maxBytes} = query
  if (cursor !== undefined && !isSnapshotId(cursor)) throw foreignCursor('snapshots')
  const all = await readSnapshots(project, session === undefined ? SNAPSHOTS : `${SNAPSHOTS}${session}/`)
  const rest = all.filter(snapshot => cursor === undefined || newestFirst(snapshot, {id: cursor}) > 0)
  const snapshots = fittingPage(rest.slice(0, limit), maxBytes)
  return {snapshots, next_cursor: rest.length > snapshots.length ? (snapshots.at(-1)?.id ?? null) : null}
}

/** Snapshots below a ref, the newest first. */
export async function readSnapshots(project: Project, below: string): Promise<Snapshot[]> {
  const format = '%(refname)%00%(objectname)%00%(contents)%00'
  const out = await project.git.run(project.root, ['for-each-ref', `--format=${format}`, below])
  const fields = out.split('\0')
  const found: Snapshot[] = []
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [ref = '', commit = '', message = ''] = fields.slice(at, at + 3)
    const snapshot = readSnapshot(ref.trimStart(), commit, message)
    if (snapshot) found.push(snapshot)
  }
  return found.toSorted(newestFirst)
}

/** Room for the cursor beside the snapshots. */
const ENVELOPE_BYTES = 120

function fittingPage(all: readonly Snapshot[], maxBytes: number | null): Snapshot[] {
  if (maxBytes === null) return [...all]
  const page: Snapshot[] = []
  let left = maxBytes - ENVELOPE_BYTES
  for (const one of all.map(brief)) {
    left -= jsonBytes(one) + 1
    if (left < 0 && page.length > 0) break
    page.push(one)
  }
  return page
}

/** Of what was left out, only the first names; the count has them all. */
function brief(snapshot: Snapshot): Snapshot {
  const {left_out: leftOut} = snapshot
  if (!leftOut) return snapshot
  const first = leftOut.first.filter(({path}) => path.length <= 200).slice(0, 5)
  return {...snapshot, left_out: {...leftOut, first}}
}
