import type {PluginHost, TerminalBackend, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {closeWindow} from './ending.ts'
import {openWindow} from './opening.ts'
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
    survey: refs => survey(host, refs),
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
async function survey({processes}: PluginHost, refs: readonly TerminalRef[]): Promise<TerminalState[]> {
  const known = refs.map(screenRef)
  const states = await processes.statesOf(known.flatMap(window => window ?? []))
  return known.map(window => (window && states.shift()) ?? 'unknown')
}
