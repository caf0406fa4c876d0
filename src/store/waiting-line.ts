import {mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync} from 'node:fs'
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

/** Whose turn it is looks this often, and who is behind less: together they look no more than a few would. */
const FIRST_PAUSE_MS = 3
const PAUSE_FOR_EACH_AHEAD_MS = 8
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
  let renewedAt = -Infinity
  let enteredAt = changedAt(entered)
  try {
    for (;;) {
      if (monotonicMs() - renewedAt >= RENEW_MS) {
        touch(ticket)
        renewedAt = monotonicMs()
      }
      const ahead = ticketsIn(line).filter(other => other < name).length
      if (ahead === 0 && enter()) return touch(entered)
      const last = changedAt(entered)
      if (last !== enteredAt) onMove()
      enteredAt = last
      goOn()
      await delay(Math.min(RENEW_MS, FIRST_PAUSE_MS + PAUSE_FOR_EACH_AHEAD_MS * ahead))
    }
  } finally {
    whereTheDiskLets(() => unlinkSync(ticket))
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

/** First come first. Only the first is looked at, since no other is in the way; one that is silent is taken away. */
function ticketsIn(line: string): string[] {
  const names = whereTheDiskLets(() => readdirSync(line)) ?? []
  const tickets = names.filter(name => /^\d{20}-[0-9a-f]{8}$/.test(name)).toSorted()
  for (;;) {
    const [first] = tickets
    if (first === undefined || Math.abs(Date.now() - changedAt(join(line, first))) < SILENT_MS) return tickets
    tickets.shift()
    whereTheDiskLets(() => unlinkSync(join(line, first)))
  }
}

function touch(file: string): void {
  whereTheDiskLets(() => writeFileSync(file, '', {mode: 0o600}))
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
