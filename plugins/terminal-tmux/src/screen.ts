import type {PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {survey} from './look.ts'
import {askTmux} from './tmux.ts'
import {requireRef, type TmuxRef} from './tmux-ref.ts'

/** What the terminal shows now, or shows still; nothing when it is gone and nothing stayed. */
export async function screen(host: PluginHost, ref: TerminalRef): Promise<string> {
  try {
    return await shown(host, requireRef(ref))
  } catch (error) {
    if (error instanceof Error && (await survey(host, [ref]))[0] === 'gone') return ''
    throw error
  }
}

/** Of a terminal that stands there. The first line tells whether the server is the one meant. */
export async function shown(host: PluginHost, ref: TmuxRef): Promise<string> {
  const {socket, pane, server_pid, server_start} = ref
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
  if (life !== `${server_pid} ${server_start}`)
    throw new Error('Another tmux server answers in the place of the one of this terminal.')
  return lines
    .map(line => line.replaceAll(/\p{Cc}/gu, '').trimEnd())
    .join('\n')
    .trimEnd()
}
