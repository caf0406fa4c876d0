import type {PluginHost, WayBack} from '@codex-planner/plugin-api'

import {pasteable} from './quoting.ts'
import {tmuxArgv} from './tmux.ts'

/** To a session by its exact name: an id could mean another session by now. */
export function wayBack(host: PluginHost, socket: string, session: string): WayBack {
  const inside = host.env['TMUX'] ?? ''
  const target = `=${session}:`
  if (inside === '') return {command: tmuxArgv(host, socket, ['attach-session', '-t', target])}
  // TMUX is the socket, the server's pid and the session's number.
  if (inside.replace(/,\d+,\d+$/, '') === socket)
    return {command: tmuxArgv(host, socket, ['switch-client', '-t', target])}
  const line = pasteable(['env', '-u', 'TMUX', ...tmuxArgv(host, socket, ['attach-session', '-t', target])])
  return {
    hint: `This window belongs to another tmux, which cannot switch to it. Paste this line here or in a new terminal: ${line}`,
  }
}
