import {stat} from 'node:fs'

const EVERY_MS = 1000

/**
 * Does some work, and asks for a file now and then while it lasts. The signal by which Node wakes a thread for a file operation can be lost in
 * glibc before 2.41 (its bug 25847): on a busy machine an operation then waits until another one is asked for, and a program that does one after
 * the other waits for ever.
 */
export async function withWakefulFiles<Result>(
  work: () => Promise<Result>,
  {everyMs = EVERY_MS, ask = () => stat('/', () => undefined)}: {everyMs?: number; ask?: () => void} = {},
): Promise<Result> {
  const asking = setInterval(ask, everyMs).unref()
  try {
    return await work()
  } finally {
    clearInterval(asking)
  }
}
