import {readdirSync, readFileSync} from 'node:fs'

/** What one process has used since it began. */
export interface Usage {
  command: string
  /** Its own, and that of its children that have ended. */
  cpuSeconds: number
  /** Times that one of its threads went to sleep by itself, which is how often it woke up. */
  wakeups: number
}

/** The kernel counts in hundredths of a second for programs, whatever its own clock is. */
const TICKS = 100

/** A process and all below it, by number. One that ends meanwhile is left out. */
export function usageBelow(root: number): Map<number, Usage> {
  const parents = new Map<number, Stat>()
  for (const name of namesIn('/proc').filter(name => /^\d+$/.test(name))) {
    const stat = statOf(Number(name))
    if (stat) parents.set(Number(name), stat)
  }
  const found = new Map<number, Usage>()
  for (const [pid, {cpuSeconds}] of parents) {
    if (!isBelow(pid, root, parents)) continue
    const command = readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    found.set(pid, {command, cpuSeconds, wakeups: wakeupsOf(pid)})
  }
  return found
}

interface Stat {
  parent: number
  cpuSeconds: number
}

function isBelow(pid: number, root: number, parents: ReadonlyMap<number, Stat>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)?.parent) {
    if (at === root) return true
  }
  return false
}

function statOf(pid: number): Stat | undefined {
  const text = readOr(`/proc/${pid}/stat`)
  // The name of the program may hold anything, so the fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, ...times] = [fields[1], fields[11], fields[12], fields[13], fields[14]].map(Number)
  if (text === '' || parent === undefined) return undefined
  return {parent, cpuSeconds: times.reduce((sum, ticks) => sum + ticks, 0) / TICKS}
}

function wakeupsOf(pid: number): number {
  const threads = namesIn(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => {
    const status = readOr(`/proc/${pid}/task/${thread}/status`)
    return sum + Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0)
  }, 0)
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (hasEnded(error)) return ''
    throw error
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (hasEnded(error)) return []
    throw error
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}
