import {readFileSync} from 'node:fs'
import {setTimeout as delay} from 'node:timers/promises'

import {type ProcessIdentity, type ProcessValue, processState} from '../domain/status.ts'
import {isNodeError} from './node-error.ts'
import {identify, pids, probeProcess, provesAbsence} from './process.ts'

interface Seen {
  pid: number
  parent: number
  group: number
}

/** Every process that runs, as this pid namespace sees it; zombies are left out. */
function processes(): Seen[] {
  return pids().flatMap(pid => seen(pid) ?? [])
}

function seen(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' || state === 'X' ? undefined : {pid, parent: Number(parent), group: Number(group)}
  } catch (error) {
    if (isNodeError(error) && provesAbsence(error.code)) return undefined
    throw error
  }
}

/** Whether anything of a group still runs, told by the process that leads or led it. */
export function groupState(leader: ProcessIdentity): ProcessValue {
  const probe = probeProcess(leader.pid)
  const state = processState(leader, probe)
  if (state !== 'gone' || leader.boot !== probe.boot) return state
  // While a group has members, its number is given to no new process.
  if (probe.found.present) return 'gone'
  return processes().some(({group}) => group === leader.pid) ? 'alive' : 'gone'
}

/** A process and everything that it started: the members of its group when it leads one, and its descendants wherever they are. */
function treeOf(pid: number, group: boolean): Seen[] {
  const all = processes()
  const tree = all.filter(one => one.pid === pid || (group && one.group === pid))
  for (const parent of tree) tree.push(...all.filter(one => one.parent === parent.pid && !tree.includes(one)))
  return tree
}

/** To a whole tree; a group of its own is told at once, so that nothing it starts meanwhile is left out. */
export function signalTree(pid: number, {group}: {group: boolean}, signal: NodeJS.Signals): void {
  const tree = treeOf(pid, group)
  if (group) send(-pid, signal)
  // Where each is now, for one that was leaving its group while it was looked at has not heard what the group was told.
  for (const one of tree) if (!group || seen(one.pid)?.group !== pid) send(one.pid, signal)
}

const LOOK_AGAIN_MS = 100
const SEE_GONE_MS = 10

/** A killed process is gone within this, unless it waits for a disk that does not answer. */
const KILLED_MS = 2000

/** Asks a whole tree to end, kills what is still there when the time is over, and sees it gone. */
export async function endTree(pid: number, {group}: {group: boolean}, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs
  const tree = treeOf(pid, group).map(one => identify(one.pid))
  const left = () => tree.filter(one => processState(one, probeProcess(one.pid)) === 'alive')
  signalTree(pid, {group}, 'SIGTERM')
  while (left().length > 0 && performance.now() < deadline) await delay(LOOK_AGAIN_MS)
  for (const one of left()) send(one.pid, 'SIGKILL')
  const last = performance.now() + KILLED_MS
  while (left().length > 0 && performance.now() < last) await delay(SEE_GONE_MS)
}

/** One that is gone already is no fault. */
function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ESRCH') throw error
  }
}
