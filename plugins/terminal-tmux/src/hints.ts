import type {PluginHost, TerminalHint, TerminalRef} from '@codex-planner/plugin-api'

import {runTmux} from './tmux.ts'
import {tmuxRef} from './tmux-ref.ts'

const TITLE_FORMAT = '#{pid} #{start_time} #{pane_id} #{pane_title}'

/** Codex begins its title like this while it waits for an approval; the sign between the brackets changes. */
const APPROVAL = /^\[ \S \] Action Required \|/u

export async function hints(host: PluginHost, refs: readonly TerminalRef[]): Promise<TerminalHint[]> {
  const known = refs.map(tmuxRef)
  const sockets = [...new Set(known.flatMap(ref => ref?.socket ?? []))]
  const waiting = new Set((await Promise.all(sockets.map(socket => panesWithHint(host, socket)))).flat())
  return known.map(ref =>
    ref && waiting.has(`${ref.socket} ${ref.server_pid} ${ref.server_start} ${ref.pane}`) ? 'approval' : null,
  )
}

/** Their server, its life and their number. A server that does not answer gives no hint. */
async function panesWithHint(host: PluginHost, socket: string): Promise<string[]> {
  const {exitCode, stdout} = await runTmux(host, socket, [['list-panes', '-a', '-F', TITLE_FORMAT]])
  if (exitCode !== 0) return []
  return stdout.split('\n').flatMap(line => {
    const [, pane, title] = /^(\d+ \d+ %\d+) (.*)$/.exec(line) ?? []
    return pane !== undefined && APPROVAL.test(title ?? '') ? [`${socket} ${pane}`] : []
  })
}
