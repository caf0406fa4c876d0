import {setTimeout} from 'node:timers/promises'

import type {TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'
import {errorCode} from './error-code.ts'
import {membersOf, type ProcessIdentity, stateNow} from './process-identity.ts'

/** Milliseconds that what runs in a window has to end after each signal. */
const PATIENCE = {SIGTERM: 5000, SIGKILL: 3000} as const

/** Ends what runs in a window, and the window with it. Only processes that are proven to be the window's are signalled. */
export async function closeWindow(ref: TerminalRef): Promise<TerminalState> {
  const window = desktopRef(ref)
  if (!window) return 'unknown'
  const state = await stateNow(window)
  if (state !== 'open') return state
  const members = new Map<number, ProcessIdentity>([[window.pid, window]])
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    // Once the script has ended, a session of its number may be another's.
    if ((await stateNow(window)) === 'open')
      for (const member of await membersOf(window)) members.set(member.pid, member)
    for (const member of members.values()) await signal(member, name)
    if (await haveEnded([...members.values()], PATIENCE[name])) return 'gone'
  }
  const left = await stateNow(window)
  return left === 'gone' ? 'unknown' : left
}

async function haveEnded(members: readonly ProcessIdentity[], patience: number): Promise<boolean> {
  const end = performance.now() + patience
  for (;;) {
    const states = await Promise.all(members.map(stateNow))
    if (states.every(state => state === 'gone')) return true
    if (performance.now() > end) return false
    await setTimeout(25)
  }
}

/** Signals that very process, and none that has its number by now. */
export async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<void> {
  if ((await stateNow(identity)) !== 'open') return
  try {
    process.kill(identity.pid, name)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
