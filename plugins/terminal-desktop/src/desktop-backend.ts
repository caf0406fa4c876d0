import type {PluginHost, TerminalBackend, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'
import {closeWindow} from './ending.ts'
import {openWindow} from './opening.ts'
import {readiness} from './readiness.ts'
import {wayBack} from './way-back.ts'

/** A window of the desktop for each session. It has no dashboard, and neither tells what a window shows nor types into it. */
export function desktopBackend(host: PluginHost): TerminalBackend {
  return {
    name: 'desktop',
    api: 1,
    autoRank: 20,
    check: () => readiness(host),
    open: request => openWindow(host, request),
    survey: refs => survey(host, refs),
    close: ref => closeWindow(host, ref),
    wayBack,
  }
}

/** Needs no display: a window's state is that of the process in it. */
async function survey({processes}: PluginHost, refs: readonly TerminalRef[]): Promise<TerminalState[]> {
  const known = refs.map(desktopRef)
  const states = await processes.statesOf(known.flatMap(window => window ?? []))
  return known.map(window => (window && states.shift()) ?? 'unknown')
}
