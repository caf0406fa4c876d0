import type {PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {askTmux} from './tmux.ts'
import {requireRef} from './tmux-ref.ts'

/** What the terminal shows now. The first line tells whether the server is the one meant. */
export async function screen(host: PluginHost, ref: TerminalRef): Promise<string> {
  const {socket, pane, server_pid, server_start} = requireRef(ref)
  const output = await askTmux(host, socket, [
    ['list-panes', '-t', pane, '-F', '#{pid} #{start_time}'],
    // On a terminal that stayed after its end, tmux makes room for a line that says so.
    [
      'if-shell',
      '-F',
      '-t',
      pane,
      '#{pane_dead}',
      `capture-pane -p -J -S -1 -t ${pane}`,
      `capture-pane -p -J -t ${pane}`,
    ],
  ])
  const [life, ...lines] = output.split('\n')
  if (life !== `${server_pid} ${server_start}`) throw new Error('This terminal is gone: its tmux server has ended.')
  return lines
    .map(line => line.replaceAll(/\p{Cc}/gu, '').trimEnd())
    .join('\n')
    .trimEnd()
}
