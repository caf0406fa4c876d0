import type {PluginHost, ProcessIdentity, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'
import {errorCode} from './error-code.ts'

/** Ends what runs in a window, and the window with it. Only processes that are proven to be the window's are signalled. */
export async function closeWindow({processes}: PluginHost, ref: TerminalRef): Promise<TerminalState> {
  const window = desktopRef(ref)
  return window ? processes.end(window) : 'unknown'
}

/** Has that very process end, and none that has its number by now. */
export async function dismiss({processes}: PluginHost, identity: ProcessIdentity): Promise<void> {
  if ((await processes.statesOf([identity]))[0] !== 'open') return
  try {
    process.kill(identity.pid, 'SIGTERM')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
