import {readdir, readFile, readlink} from 'node:fs/promises'

import type {TerminalState} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'

/** One process, told apart from any other that ever had its number. */
export type ProcessIdentity = {
  pid: number
  /** Clock ticks since boot at which it started. */
  started: number
  boot: string
  /** The pid namespace its number belongs to. */
  pidns: string
}

/** What this machine says of itself; null where it does not tell. */
export interface Machine {
  boot: string | null
  pidns: string | null
}

/** What has a number now. A zombie is absent: nothing runs in it. `hidden` proves nothing. */
export type Found = {kind: 'runs'; started: number; session: number} | {kind: 'absent'} | {kind: 'hidden'}

export async function lookAtMachine(): Promise<Machine> {
  const [boot, pidns] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(untold),
    readlink('/proc/self/ns/pid').catch(untold),
  ])
  return {boot: boot?.trim() ?? null, pidns}
}

function untold(error: unknown): null {
  if (errorCode(error) === undefined) throw error
  return null
}

export async function findProcess(pid: number): Promise<Found> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    return {kind: code === 'ENOENT' || code === 'ESRCH' ? 'absent' : 'hidden'}
  }
}

/** From the third field on: the name in the second may hold anything. */
export function parseStat(stat: string): Found {
  const [state, , , session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return {kind: 'absent'}
  const numbers = {started: Number(rest[15]), session: Number(session)}
  return Object.values(numbers).every(Number.isSafeInteger) ? {kind: 'runs', ...numbers} : {kind: 'hidden'}
}

/** Whether that very process runs. Another boot is a proof of its end; another namespace's numbers say nothing. */
export function stateOf(identity: ProcessIdentity, machine: Machine, found: Found): TerminalState {
  if (machine.boot === null) return 'unknown'
  if (identity.boot !== machine.boot) return 'gone'
  if (machine.pidns === null || identity.pidns !== machine.pidns) return 'unknown'
  if (found.kind === 'hidden') return 'unknown'
  return found.kind === 'runs' && found.started === identity.started ? 'open' : 'gone'
}

export async function stateNow(identity: ProcessIdentity): Promise<TerminalState> {
  return stateOf(identity, await lookAtMachine(), await findProcess(identity.pid))
}

/** Undefined when there is no such process, or nothing that tells it from another. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const {boot, pidns} = await lookAtMachine()
  const found = await findProcess(pid)
  return found.kind === 'runs' && boot !== null && pidns !== null
    ? {pid, started: found.started, boot, pidns}
    : undefined
}

/** A running session leader and everything that is still in its session, whatever group it moved to. */
export async function membersOf(leader: ProcessIdentity): Promise<ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async pid => ({pid, found: await findProcess(pid)})))
  return found.flatMap(({pid, found}) =>
    found.kind === 'runs' && found.session === leader.pid ? [{...leader, pid, started: found.started}] : [],
  )
}
