import type {PluginHost, TerminalBackend, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {closeWindow} from './ending.ts'
import {openWindow} from './opening.ts'
import {findProcess, lookAtMachine, stateOf} from './process-identity.ts'
import {readiness} from './readiness.ts'
import {read} from './reading.ts'
import {screenRef} from './screen-ref.ts'
import {type} from './typing.ts'
import {wayBack} from './way-back.ts'

/** A screen of its own for each session. It has no dashboard. */
export function screenBackend(host: PluginHost): TerminalBackend {
  return {
    name: 'screen',
    api: 1,
    // Behind the terminals that come with the program: who wants this one says so.
    autoRank: 5,
    check: () => readiness(host),
    open: request => openWindow(host, request),
    survey,
    close: ref => closeWindow(host, ref),
    wayBack: ref => wayBack(host, ref),
    screen: ref => read(host, ref),
    type: (ref, text) => type(host, ref, text),
  }
}

/**
 * Asks the system, not screen: `screen -ls` makes a socket folder that is missing and then says that there are no sockets, and it goes on to
 * list a screen whose script has ended.
 */
async function survey(refs: readonly TerminalRef[]): Promise<TerminalState[]> {
  const machine = await lookAtMachine()
  return Promise.all(
    refs.map(async ref => {
      const window = screenRef(ref)
      return window ? stateOf(window, machine, await findProcess(window.pid)) : 'unknown'
    }),
  )
}
