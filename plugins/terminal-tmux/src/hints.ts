import type {PluginHost, TerminalHint, TerminalRef} from '@codex-planner/plugin-api'

import {noteVersion, type Versions} from './readiness.ts'
import {runTmux} from './tmux.ts'
import {tmuxRef} from './tmux-ref.ts'

const TITLE_FORMAT = '#{version} #{pid} #{start_time} #{pane_id} #{pane_title}'

/** Codex begins its title like this while it waits for an approval; the sign between the brackets changes. */
const APPROVAL = /^\[ \S \] Action Required \|/u

/** What the answer tells of the version besides is noted in `versions`. */
export async function hints(
  host: PluginHost,
  refs: readonly TerminalRef[],
  versions: Versions,
): Promise<TerminalHint[]> {
  const known = refs.map(tmuxRef)
  const sockets = [...new Set(known.flatMap(ref => ref?.socket ?? []))]
  const waiting = new Set((await Promise.all(sockets.map(socket => panesWithHint(host, socket, versions)))).flat())
  return known.map(ref =>
    ref && waiting.has(`${ref.socket} ${ref.server_pid} ${ref.server_start} ${ref.pane}`) ? 'approval' : null,
  )
}

/** Their server, its life and their number. A server that does not answer gives no hint. */
async function panesWithHint(host: PluginHost, socket: string, versions: Versions): Promise<string[]> {
  const {exitCode, stdout} = await runTmux(host, socket, [['list-panes', '-a', '-F', TITLE_FORMAT]])
  if (exitCode !== 0) return []
  return stdout.split('\n').flatMap(line => {
    const [, version, pane, title] = /^(\S+) (\d+ \d+ %\d+) (.*)$/.exec(line) ?? []
    if (version !== undefined) noteVersion(host, `tmux ${version}`, versions)
    return pane !== undefined && APPROVAL.test(title ?? '') ? [`${socket} ${pane}`] : []
  })
}
