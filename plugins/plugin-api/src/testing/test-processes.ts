import {readdirSync, readFileSync, readlinkSync} from 'node:fs'
import {setTimeout} from 'node:timers/promises'

import type {Processes, ProcessIdentity} from '../processes.ts'
import type {TerminalState} from '../terminal-state.ts'
import {errorCode} from './bench.ts'

/** As the program does it, which has a test that both answer alike. */
export const testProcesses: Processes = {
  identify: async pid => identify(pid),
  statesOf: async identities => identities.map(stateOf),
  membersOf: async leader => membersOf(leader),
  async end(leader) {
    const state = stateOf(leader)
    if (state !== 'open') return state
    const members = new Map([[leader.pid, leader]])
    const ended = await endAll(() => {
      for (const member of membersOf(leader)) members.set(member.pid, member)
      return [...members.values()].filter(member => stateOf(member) !== 'gone')
    })
    if (ended) return 'gone'
    return stateOf(leader) === 'open' ? 'open' : 'unknown'
  },
}

/** Signals what is left until nothing is, or until eight seconds have passed: then it is false. */
export async function endAll(left: () => readonly ProcessIdentity[]): Promise<boolean> {
  for (const [signal, patience] of [
    ['SIGTERM', 5000],
    ['SIGKILL', 3000],
  ] as const) {
    for (const each of left()) if (stateOf(each) === 'open') send(signal, each.pid)
    const deadline = performance.now() + patience
    while (performance.now() < deadline) {
      if (left().length === 0) return true
      await setTimeout(25)
    }
  }
  return false
}

/** Every process with these words in its environment. */
export function carriersOf(words: string): ProcessIdentity[] {
  return pids()
    .filter(pid => pid !== process.pid && (textOf(`/proc/${pid}/environ`) ?? '').includes(words))
    .flatMap(pid => identify(pid) ?? [])
}

function stateOf({pid, started, boot, pidns}: ProcessIdentity): TerminalState {
  if (boot !== bootNow()) return 'gone'
  if (pidns !== readlinkSync('/proc/self/ns/pid')) return 'unknown'
  const stat = statOf(pid)
  if (stat === 'hidden') return 'unknown'
  return stat?.started === started ? 'open' : 'gone'
}

function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid)
  if (!stat || stat === 'hidden') return undefined
  return {pid, started: stat.started, boot: bootNow(), pidns: readlinkSync('/proc/self/ns/pid')}
}

function membersOf(leader: ProcessIdentity): ProcessIdentity[] {
  const members = pids().flatMap(pid => {
    const stat = statOf(pid)
    return stat && stat !== 'hidden' && stat.session === leader.pid ? [{...leader, pid, started: stat.started}] : []
  })
  return stateOf(leader) === 'open' ? members : []
}

/** Undefined when nothing runs there; a zombie does not. */
function statOf(pid: number): {started: number; session: number} | 'hidden' | undefined {
  const text = textOf(`/proc/${pid}/stat`)
  if (text === null) return 'hidden'
  // From the third field on: the name in the second may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? ['X']
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return {started: Number(fields[19]), session: Number(fields[3])}
}

/** Undefined when there is no such process, and null when one may not look. */
function textOf(file: string): string | null | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined) throw error
    return code === 'ENOENT' || code === 'ESRCH' ? undefined : null
  }
}

function bootNow(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
