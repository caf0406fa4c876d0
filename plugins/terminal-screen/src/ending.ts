import {setTimeout} from 'node:timers/promises'

import type {PluginHost, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'
import {membersOf, type ProcessIdentity, stateNow} from './process-identity.ts'
import {tell} from './screen-program.ts'
import {type ScreenRef, screenProcess, screenRef} from './screen-ref.ts'

/** Milliseconds that what runs in a window has to end after each signal. */
const PATIENCE = {SIGTERM: 5000, SIGKILL: 3000} as const

/** Ends what runs in a window, also what heeds no hang-up, and takes the window away. Only what is proven to be the window's is signalled. */
export async function closeWindow(host: PluginHost, ref: TerminalRef): Promise<TerminalState> {
  const window = screenRef(ref)
  if (!window) return 'unknown'
  const state = await stateNow(window)
  if (state === 'unknown') return state
  const ended = state === 'gone' || (await endMembers(window))
  await takeAway(host, window)
  if (ended) return 'gone'
  const left = await stateNow(window)
  return left === 'gone' ? 'unknown' : left
}

/** A window whose program failed stays to be read. */
export async function takeAway(host: PluginHost, window: ScreenRef): Promise<void> {
  if ((await stateNow(screenProcess(window))) !== 'open') return
  // Not asked whether it is done: a screen that is just ending, since its last window went, would answer nobody.
  await tell(host, window, ['kill'])
}

async function endMembers(window: ScreenRef): Promise<boolean> {
  const members = new Map<number, ProcessIdentity>([[window.pid, window]])
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    // Once the script has ended, a session of its number may be another's.
    if ((await stateNow(window)) === 'open')
      for (const member of await membersOf(window)) members.set(member.pid, member)
    for (const member of members.values()) await signal(member, name)
    if (await haveEnded([...members.values()], PATIENCE[name])) return true
  }
  return false
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
async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<void> {
  if ((await stateNow(identity)) !== 'open') return
  try {
    process.kill(identity.pid, name)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
