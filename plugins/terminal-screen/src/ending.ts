import type {PluginHost, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {tell} from './screen-program.ts'
import {type ScreenRef, screenProcess, screenRef} from './screen-ref.ts'

/** Ends what runs in a window, also what heeds no hang-up, and takes the window away. Only what is proven to be the window's is signalled. */
export async function closeWindow(host: PluginHost, ref: TerminalRef): Promise<TerminalState> {
  const window = screenRef(ref)
  if (!window) return 'unknown'
  const [state = 'unknown'] = await host.processes.statesOf([window])
  if (state === 'unknown') return state
  const left = await host.processes.end(window)
  await takeAway(host, window)
  return left
}

/** A window whose program failed stays to be read. */
export async function takeAway(host: PluginHost, window: ScreenRef): Promise<void> {
  if ((await host.processes.statesOf([screenProcess(window)]))[0] !== 'open') return
  // Not asked whether it is done: a screen that is just ending, since its last window went, would answer nobody.
  await tell(host, window, ['kill'])
}
