import {readFileSync, readlinkSync} from 'node:fs'

import type {ProcessIdentity, ProcessProbe} from '../domain/status.ts'
import {isNodeError} from './program.ts'

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isNodeError(error)) return null
    throw error
  }
}

function namespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    if (isNodeError(error)) return null
    throw error
  }
}

interface Stat {
  state: string
  pgid: number
  started: number
}

/** `/proc/<pid>/stat` from its third field on: the name in the second may hold anything. */
function stat(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {state: fields[0] ?? '', pgid: Number(fields[2]), started: Number(fields[19])}
}

/** What the machine says of a process's number; a zombie is as good as absent. */
export function probeProcess(pid: number): ProcessProbe {
  const found = stat(pid)
  const present = found !== undefined && found.state !== 'Z' && found.state !== 'X'
  return {
    boot: read('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    pidns: namespace(),
    found: present ? {present, started: found.started} : {present: false},
  }
}

export function processGroup(pid: number): number | undefined {
  return stat(pid)?.pgid
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
  const {readdir} = await import('node:fs/promises')
  const names = await readdir('/proc').catch((error: unknown) => {
    if (isNodeError(error)) return []
    throw error
  })
  const mark = `CODEX_ORCHESTRATOR_RUN=${run}\0`
  return names
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== process.pid && (read(`/proc/${pid}/environ`)?.includes(mark) ?? false))
    .filter(pid => probeProcess(pid).found.present)
}

export function commandLine(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
}
