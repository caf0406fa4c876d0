import {dirname} from 'node:path'
import type {DatabaseSync} from 'node:sqlite'
import {setTimeout as delay} from 'node:timers/promises'

import {type ErrorCode, PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {monotonicMs} from './monotonic-clock.ts'
import {isWaitedFor, waitInLine} from './waiting-line.ts'

export interface LockOptions {
  /** For how long nobody is let in until a call gives up. */
  timeoutMs?: number
  /** What it is called when somebody else holds it all the time. */
  code?: ErrorCode
}

/** Who waits in this process for one lock: parallel calls take turns here instead of contending. */
interface Queue {
  /** Settles when the last of them has left; undefined before the first has come. */
  last: Promise<void> | undefined
  /** When somebody was let in or out last, as far as seen here. */
  movedAt: number
}

const queues = new Map<string, Queue>()

/**
 * One holder at a time, over all processes, in the order they came. The kernel frees it when the holder dies, however it dies.
 * Asking for it again inside `action` waits for oneself. @throws PlannerError BOARD_LOCKED (or `code`), UNSAFE_FILE
 */
export async function withLock<Result>(
  file: string,
  action: () => Promise<Result>,
  {timeoutMs = 10_000, code = 'BOARD_LOCKED'}: LockOptions = {},
): Promise<Result> {
  const queue = queues.get(file) ?? {last: undefined, movedAt: monotonicMs()}
  queues.set(file, queue)
  const before = queue.last
  const {promise: done, resolve: leave} = withResolvers()
  const mine = before?.then(() => done) ?? done
  queue.last = mine
  try {
    const patience = patienceWith(queue, timeoutMs, () => locked(file, code))
    if (before) await turnIn(before, patience)
    const database = await held(file, queue, patience)
    try {
      return await action()
    } finally {
      // COMMIT can be refused under contention; ROLLBACK cannot, and nothing was written.
      database.exec('ROLLBACK')
      database.close()
      queue.movedAt = monotonicMs()
    }
  } finally {
    leave()
    if (queue.last === mine) queues.delete(file)
  }
}

function withResolvers(): {promise: Promise<void>; resolve: () => void} {
  let resolve = (): void => undefined
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return {promise, resolve}
}

/** How much longer a call that began then may wait. @throws PlannerError */
type Patience = (began: number) => number

/** However many wait: while they get their turns, one after the other, nobody holds the lock all the time. */
function patienceWith(queue: Queue, timeoutMs: number, refusal: () => PlannerError): Patience {
  return began => {
    const left = Math.max(began, queue.movedAt) + timeoutMs - monotonicMs()
    if (left <= 0) throw refusal()
    return left
  }
}

async function turnIn(turn: Promise<void>, patience: Patience): Promise<void> {
  const began = monotonicMs()
  for (;;) {
    const stop = new AbortController()
    const late = delay(patience(began), 'late', {signal: stop.signal}).catch(ignoreAbort)
    const first = await Promise.race([turn, late])
    stop.abort()
    if (first !== 'late') return
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}

async function held(file: string, queue: Queue, patience: Patience): Promise<DatabaseSync> {
  const began = monotonicMs()
  const database = openDatabase(file)
  const enter = () => begin(database, file)
  try {
    if (!isWaitedFor(file) && enter()) return database
    await waitInLine(file, {
      enter,
      onMove: () => (queue.movedAt = monotonicMs()),
      goOn: () => patience(began),
    })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function openDatabase(file: string): DatabaseSync {
  const {DatabaseSync} = sqlite()
  try {
    return new DatabaseSync(file, {timeout: 0})
  } catch (error) {
    throw lockTrouble(error, file) ?? error
  }
}

/** Node 22 warns about node:sqlite on every import; the operator can do nothing about it. */
function sqlite(): typeof import('node:sqlite') {
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it was
  const {emitWarning} = process
  process.emitWarning = () => undefined
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}

const BUSY = 5

function begin(database: DatabaseSync, file: string): boolean {
  try {
    database.exec('BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (resultCode(error) === BUSY) return false
    throw lockTrouble(error, file) ?? error
  }
}

/** SQLite's primary result code. */
function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}

const [READ_ONLY, IO_ERROR, DAMAGED, FULL, NO_OPEN, NO_DATABASE] = [8, 10, 11, 13, 14, 26]

function lockTrouble(error: unknown, file: string): PlannerError | undefined {
  const code = resultCode(error)
  if (code === DAMAGED || code === NO_DATABASE) {
    const remedy = [pasteable(['rm', file])]
    return new PlannerError('UNSAFE_FILE', `${file} is not the lock it should be.`, remedy, {cause: error})
  }
  if (code === READ_ONLY || code === IO_ERROR || code === FULL || code === NO_OPEN) {
    const look = [pasteable(['ls', '-ld', dirname(file), file])]
    return new PlannerError('UNSAFE_FILE', `The lock ${file} cannot be opened for writing.`, look, {cause: error})
  }
  return undefined
}

function locked(file: string, code: ErrorCode): PlannerError {
  return new PlannerError(code, `Another codex-planner process is writing (${file} is held).`, [
    pasteable(['fuser', '-v', file]),
  ])
}
