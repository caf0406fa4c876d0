import {mkdirSync, readdirSync, statSync, unlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {monotonicMs} from './monotonic-clock.ts'

// Who waits for a lock, in a folder beside it: a ticket each, an empty file whose name says since when and whose age says
// how long nobody heard of its owner. It only says who tries first. The lock itself lets one in, so that whatever goes
// wrong here costs somebody their turn and never lets in two.

export interface Waiting {
  /** Tries to get in. */
  enter: () => boolean
  /** Somebody else who waited has got in. */
  onMove: () => void
  /** Throws when it is enough. */
  goOn: () => void
}

/**
 * Each looks only whether the one just ahead is still there, and whose turn it is tries. Both look often at first, less often the further
 * behind they stand, and less often the longer it has lasted: what is noticed late is an eighth of the wait.
 */
const FIRST_PAUSE_MS = 3
const PAUSE_FOR_EACH_AHEAD_MS = 8
const PART_OF_WAIT = 1 / 8
const RENEW_MS = 100
/** Who was not heard of for so long was killed or stopped, wherever it ran: the others pass. If it lives, it comes back to its place. */
const SILENT_MS = 1000

export function isWaitedFor(lock: string): boolean {
  return ticketsIn(lineOf(lock)).length > 0
}

export async function waitInLine(lock: string, {enter, onMove, goOn}: Waiting): Promise<void> {
  const line = lineOf(lock)
  const name = newTicket()
  const [ticket, entered] = [join(line, name), join(line, 'entered')]
  whereTheDiskLets(() => mkdirSync(line, {recursive: true, mode: 0o700}))
  let enteredAt = changedAt(entered)
  let renewedAt = -Infinity
  const renew = () => {
    if (monotonicMs() - renewedAt < RENEW_MS) return
    touch(ticket)
    renewedAt = monotonicMs()
    const last = changedAt(entered)
    if (last !== enteredAt) onMove()
    enteredAt = last
    goOn()
  }
  try {
    for (;;) {
      // Before the look at the others, so that who comes a moment later sees it.
      renew()
      const ahead = ticketsIn(line).filter(other => other < name)
      const next = ahead.findLast(other => isHeardOf(join(line, other)))
      const pause = FIRST_PAUSE_MS + PAUSE_FOR_EACH_AHEAD_MS * ahead.length
      if (next === undefined) {
        await until(enter, renew, pause)
        return touch(entered)
      }
      await until(() => !isHeardOf(join(line, next)), renew, pause)
    }
  } finally {
    whereTheDiskLets(() => unlinkSync(ticket))
  }
}

/** Often at first, and less often the longer it lasts. */
async function until(look: () => boolean, before: () => void, leastPauseMs: number): Promise<void> {
  const since = monotonicMs()
  for (;;) {
    before()
    if (look()) return
    const lasted = monotonicMs() - since
    await delay(Math.min(RENEW_MS, Math.max(leastPauseMs, lasted * PART_OF_WAIT)))
  }
}

function lineOf(lock: string): string {
  return `${lock}.line`
}

/** By a clock that nobody sets and that is the same for all processes of the machine. */
function newTicket(): string {
  return `${process.hrtime.bigint().toString().padStart(20, '0')}-${hex(Math.random() * 2 ** 32)}`
}

function hex(number: number): string {
  return Math.floor(number).toString(16).padStart(8, '0')
}

/** First come first. Only the first is looked at; one that is silent is taken away. */
function ticketsIn(line: string): string[] {
  const names = whereTheDiskLets(() => readdirSync(line)) ?? []
  const tickets = names.filter(name => /^\d{20}-[0-9a-f]{8}$/.test(name)).toSorted()
  for (;;) {
    const [first] = tickets
    if (first === undefined || isHeardOf(join(line, first))) return tickets
    tickets.shift()
    whereTheDiskLets(() => unlinkSync(join(line, first)))
  }
}

function isHeardOf(ticket: string): boolean {
  return Math.abs(Date.now() - changedAt(ticket)) < SILENT_MS
}

function touch(file: string): void {
  const now = new Date()
  const isThere = whereTheDiskLets(() => utimesSync(file, now, now) ?? true)
  if (isThere === undefined) whereTheDiskLets(() => writeFileSync(file, '', {mode: 0o600}))
}

function changedAt(file: string): number {
  return whereTheDiskLets(() => statSync(file).mtimeMs) ?? 0
}

/** A line that cannot be kept is no reason for a command to fail. */
function whereTheDiskLets<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}
