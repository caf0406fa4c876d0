import {setTimeout} from 'node:timers/promises'
import type {Processes, ProcessIdentity, TerminalState} from '@codex-planner/plugin-api'

import {processState} from '../domain/status.ts'
import {isNodeError} from './node-error.ts'
import * as own from './process.ts'

const STATES = {alive: 'open', gone: 'gone', unknown: 'unknown'} as const

/** Milliseconds that processes have to end after each signal. */
const PATIENCE = {SIGTERM: 5000, SIGKILL: 3000} as const

/** What plugins are given to tell processes apart, by the rules that the program itself goes by. */
export const processes: Processes = {
  identify: async pid => whole(own.identify(pid)),
  statesOf: async identities => statesOf(identities),
  membersOf: async leader => membersOf(leader),
  end,
}

function whole({pid, started, boot, pidns}: ReturnType<typeof own.identify>): ProcessIdentity | undefined {
  return started === null || boot === null || pidns === null ? undefined : {pid, started, boot, pidns}
}

function statesOf(identities: readonly ProcessIdentity[]): TerminalState[] {
  const machine = own.lookAtMachine()
  return identities.map(identity => STATES[processState(identity, own.probeProcess(identity.pid, machine))])
}

function stateOf(identity: ProcessIdentity): TerminalState {
  return statesOf([identity])[0] ?? 'unknown'
}

function membersOf(leader: ProcessIdentity): ProcessIdentity[] {
  const members = own.pids().flatMap(pid => (own.sessionOf(pid) === leader.pid ? (whole(own.identify(pid)) ?? []) : []))
  // Asked last: while it runs, a session of its number is no other's.
  return stateOf(leader) === 'open' ? members : []
}

async function end(leader: ProcessIdentity): Promise<TerminalState> {
  const state = stateOf(leader)
  if (state !== 'open') return state
  const members = new Map([[leader.pid, leader]])
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const member of membersOf(leader)) members.set(member.pid, member)
    for (const member of members.values()) send(signal, member)
    if (await haveEnded([...members.values()], PATIENCE[signal])) return 'gone'
  }
  return stateOf(leader) === 'open' ? 'open' : 'unknown'
}

async function haveEnded(members: readonly ProcessIdentity[], patience: number): Promise<boolean> {
  const deadline = performance.now() + patience
  for (;;) {
    if (statesOf(members).every(state => state === 'gone')) return true
    if (performance.now() > deadline) return false
    await setTimeout(25)
  }
}

/** To that very process, and to none that has its number by now. */
function send(signal: NodeJS.Signals, identity: ProcessIdentity): void {
  if (stateOf(identity) !== 'open') return
  try {
    process.kill(identity.pid, signal)
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ESRCH') throw error
  }
}
