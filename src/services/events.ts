import {type Change, changesAfter} from '../domain/change.ts'
import {activePlanner, activeWorkers} from '../domain/session.ts'
import {isOnRecord, troubleSentence} from '../domain/trouble-words.ts'
import {factsOf} from './evidence.ts'
import type {Project} from './project.ts'
import {troublesOf} from './trouble.ts'
import {plannerWasTold} from './waking.ts'

export interface Events {
  changes: Change[]
  /** Ask with `after` set to this next time. */
  revision: number
  /** The revision asked for is from another life of this board: these are all its entries. */
  reset: boolean
  /** Sessions in trouble whose record does not say so yet: found just now, and told to nobody. */
  needs: Need[]
}

interface Need {
  id: string
  /** One sentence without any text of a worker's. */
  what: string
}

/** What changed after a revision, as it is now, the oldest first. The planner that asks has been told of what it is shown. */
export async function eventsAfter(project: Project, after: number, maxBytes: number | null): Promise<Events> {
  return eventsBeside(project, after, maxBytes, await needsOf(project))
}

async function eventsBeside(project: Project, after: number, maxBytes: number | null, needs: Need[]): Promise<Events> {
  const board = await project.board.read()
  const reset = after > board.revision
  const own = project.caller.session
  const all = changesAfter(board, reset ? 0 : after).filter(({kind, id}) => !(kind === 'session' && id === own))
  const changes = fittingChanges(all, maxBytes === null ? null : maxBytes - Buffer.byteLength(JSON.stringify(needs)))
  const revision = changes.length < all.length ? (changes.at(-1)?.revision ?? after) : board.revision
  const planner = activePlanner(board)
  if (planner && own === planner.name) await plannerWasTold(project, planner.run, revision)
  return {changes, revision, reset, needs}
}

/** As many as an answer of a tool has room for beside what changed. */
const MOST_NEEDS = 12

/** Nothing is written: who looks is told, and a command that changes sessions tells the planner. */
async function needsOf(project: Project): Promise<Need[]> {
  const board = await project.board.read()
  const facts = await factsOf(project, activeWorkers(board))
  const troubles = await troublesOf(project, board, facts)
  const needs = facts.flatMap(({session}) => {
    const trouble = troubles.get(session.run)
    return trouble && !isOnRecord(session.attention, trouble)
      ? [{id: session.name, what: troubleSentence(trouble.kind)}]
      : []
  })
  return needs.slice(0, MOST_NEEDS)
}

/** The next call goes on where this page ends, so a revision is never split. */
export function fittingChanges(changes: readonly Change[], maxBytes: number | null): Change[] {
  if (maxBytes === null || size(changes) <= maxBytes) return [...changes]
  let page = [...changes]
  while (size(page) > maxBytes) {
    const last = page.at(-1)?.revision
    page = page.filter(({revision}) => revision !== last)
  }
  return page
}

function size(changes: readonly Change[]): number {
  return Buffer.byteLength(JSON.stringify(changes)) + 100
}

const SAFETY_POLL_MS = 5_000

/** The same, but waits for a change when there is none. */
export async function waitForEvents(project: Project, after: number, seconds: number): Promise<Events> {
  const {watch} = await import('node:fs')
  const deadline = performance.now() + seconds * 1000
  let stir = () => {}
  const watcher = watch(project.paths.board.folder, () => stir())
  try {
    for (;;) {
      const events = await eventsBeside(project, after, null, [])
      const left = deadline - performance.now()
      if (events.changes.length > 0 || events.reset || left <= 0) return {...events, needs: await needsOf(project)}
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.min(left, SAFETY_POLL_MS))
        stir = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    watcher.close()
  }
}
