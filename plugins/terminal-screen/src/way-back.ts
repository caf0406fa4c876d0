import type {PluginHost, TerminalRef, WayBack} from '@codex-planner/plugin-api'

import {screenProgram} from './screen-program.ts'
import {requireRef} from './screen-ref.ts'

/** Several people may look at once. Inside another screen or tmux the line works too: the inner one then needs its command key. */
export function wayBack(host: PluginHost, ref: TerminalRef): WayBack {
  const {sockets, screen} = requireRef(ref)
  const env = host.findProgram('env')
  if (env === undefined) throw new Error('env is not installed.')
  return {command: [env, `SCREENDIR=${sockets}`, screenProgram(host), '-U', '-x', screen]}
}
