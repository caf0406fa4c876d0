import {readdirSync, readFileSync, readlinkSync} from 'node:fs'

import {LEASE_VARIABLE} from '../domain/lease.ts'
import type {ProcessIdentity, ProcessProbe} from '../domain/status.ts'
import {isNodeError} from './node-error.ts'

type Reading = {text: string} | {fault: NodeJS.ErrnoException}

/** Whether a failed look into `/proc` proves that there is no such process. Anything else, such as too many open files, says nothing of it. */
export function provesAbsence(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ESRCH'
}

/** Whether it is a process of somebody else's, into which one may not look. */
function isForeign(code: string | undefined): boolean {
  return code === 'EACCES' || code === 'EPERM'
}

function reading(look: () => string): Reading {
  try {
    return {text: look()}
  } catch (error) {
    if (isNodeError(error)) return {fault: error}
    throw error
  }
}

function read(file: string): Reading {
  return reading(() => readFileSync(file, 'utf8'))
}

function textOf(found: Reading): string | null {
  return 'text' in found ? found.text : null
}

/** What `/proc/<pid>/stat` says of a process's number, from its third field on: the name in the second may hold anything. */
export function probeOf(stat: Reading, machine: Pick<ProcessProbe, 'boot' | 'pidns'>): ProcessProbe {
  if ('fault' in stat) {
    // Without a boot nothing is concluded from a number that was not found.
    const boot = provesAbsence(stat.fault.code) ? machine.boot : null
    return {...machine, boot, found: {present: false}}
  }
  const fields = fieldsOf(stat.text)
  const present = fields[0] !== 'Z' && fields[0] !== 'X'
  // An answer that is cut short tells no start.
  const started = fields[19] === undefined ? null : Number(fields[19])
  return {...machine, found: present ? {present, started} : {present}}
}

function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** What the machine says of itself, for any number of probes. */
export function lookAtMachine(): Pick<ProcessProbe, 'boot' | 'pidns'> {
  return {
    boot: textOf(read('/proc/sys/kernel/random/boot_id'))?.trim() ?? null,
    pidns: textOf(reading(() => readlinkSync('/proc/self/ns/pid'))),
  }
}

/** What the machine says of a process's number; a zombie is as good as absent. */
export function probeProcess(pid: number, machine = lookAtMachine()): ProcessProbe {
  return probeOf(read(`/proc/${pid}/stat`), machine)
}

/** The number of the session that a process is in; undefined where one may not look. */
export function sessionOf(pid: number): number | undefined {
  return numberIn(pid, 3)
}

/** Undefined when there is no such process, or one may not look. */
export function parentOf(pid: number): number | undefined {
  return numberIn(pid, 1)
}

/** A field of `/proc/<pid>/stat` behind the name. */
function numberIn(pid: number, field: number): number | undefined {
  const stat = textOf(read(`/proc/${pid}/stat`))
  const number = Number(stat === null ? undefined : fieldsOf(stat)[field])
  return Number.isSafeInteger(number) ? number : undefined
}

export function identify(pid: number): ProcessIdentity {
  const {boot, pidns, found} = probeProcess(pid)
  return {pid, boot, pidns, started: found.present ? found.started : null}
}

/** Signals a process group; one that is gone already is no fault. */
export function signalGroup(pgid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pgid, signal)
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ESRCH') throw error
  }
}

/** Processes that carry a start's id in their environment, wherever they moved: the ones that leave their group are found too. */
export async function processesOfRun(run: string): Promise<number[]> {
  return (await processesOfRuns([run])).get(run) ?? []
}

/** The same for many starts, with one look at all processes; a start without any is left out. */
export async function processesOfRuns(runs: readonly string[]): Promise<Map<string, number[]>> {
  return carriersOf('CODEX_ORCHESTRATOR_RUN', new Set(runs))
}

/** The same for the command of a lease. */
export async function processesOfLease(id: string): Promise<number[]> {
  return carriersOf(LEASE_VARIABLE, new Set([id])).get(id) ?? []
}

function carriersOf(variable: string, values: ReadonlySet<string>): Map<string, number[]> {
  const carried = new RegExp(`(?:^|\0)${variable}=([^\0]*)\0`)
  const found = new Map<string, number[]>()
  for (const pid of values.size === 0 ? [] : pids()) {
    const value = pid === process.pid ? undefined : carried.exec(environmentOf(pid))?.[1]
    if (value === undefined || !values.has(value) || !isThere(probeProcess(pid))) continue
    found.set(value, [...(found.get(value) ?? []), pid])
  }
  return found
}

/** Processes that have a file open, as far as one may look into them. */
export async function processesHolding(file: string): Promise<number[]> {
  const holders = await Promise.all(pids().map(async pid => ((await filesOf(pid)).includes(file) ? [pid] : [])))
  return holders.flat()
}

async function filesOf(pid: number): Promise<string[]> {
  const {readdir} = await import('node:fs/promises')
  const names = await readdir(`/proc/${pid}/fd`).catch((error: unknown) => {
    if (isNodeError(error) && (provesAbsence(error.code) || isForeign(error.code))) return []
    throw error
  })
  return names.flatMap(name => textOf(reading(() => readlinkSync(`/proc/${pid}/fd/${name}`))) ?? [])
}

/** Every process that this pid namespace shows; none where the system has no list of them. */
export function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number)
  } catch (error) {
    if (isNodeError(error) && provesAbsence(error.code)) return []
    throw error
  }
}

/** Empty where there is none to see; a list with a gap that nobody knows of would call a process ended that runs. */
function environmentOf(pid: number): string {
  const found = read(`/proc/${pid}/environ`)
  if ('text' in found) return found.text
  if (provesAbsence(found.fault.code) || isForeign(found.fault.code)) return ''
  throw found.fault
}

function isThere({boot, found}: ProcessProbe): boolean {
  return found.present || boot === null
}

export function commandLine(pid: number): string {
  return (textOf(read(`/proc/${pid}/cmdline`)) ?? '').replaceAll('\0', ' ').trim()
}
