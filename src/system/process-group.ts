import {readdirSync, readFileSync} from 'node:fs'

import {type ProcessIdentity, type ProcessValue, processState} from '../domain/status.ts'
import {probeProcess, provesAbsence} from './process.ts'
import {isNodeError} from './program.ts'

interface Seen {
  pid: number
  parent: number
  group: number
}

/** Every process that runs, as this pid namespace sees it; zombies are left out. */
function processes(): Seen[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => seen(Number(name)) ?? [])
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

/** Signals a process and everything that it started: its whole group when it leads one, and its descendants wherever they are. */
export function signalTree(pid: number, {group}: {group: boolean}, signal: NodeJS.Signals): void {
  const all = processes()
  const below = [pid]
  for (const parent of below) below.push(...all.filter(one => one.parent === parent).map(one => one.pid))
  const alone = below.filter(one => !group || all.some(other => other.pid === one && other.group !== pid))
  if (group) send(-pid, signal)
  for (const one of alone) send(one, signal)
}

/** One that is gone already is no fault. */
function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ESRCH') throw error
  }
}
