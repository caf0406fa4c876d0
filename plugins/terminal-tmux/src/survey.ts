import type {TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {type ServerLife, sameLife, type TmuxRef, tmuxRef} from './tmux-ref.ts'

export interface Pane extends ServerLife {
  session: string
  sessionName: string
  window: string
  /** Where the window stands in this session. */
  index: number
  pane: string
  dead: boolean
  /** Dead, and the server does not know yet how it ended. */
  unreaped: boolean
  /** `id` of the request that opened it; empty when we did not. */
  id: string
  /** The project whose dashboard this session is; empty when it is none. */
  dashboard: string
}

/** What a socket said: all panes of all sessions, or that no server listens there, or nothing that proves anything. */
export type Answer = {kind: 'panes'; panes: Pane[]} | {kind: 'no server'} | {kind: 'silent'; reason: string}

export const PANE_FORMAT =
  '#{pid} #{start_time} #{session_id} #{window_id} #{window_index} #{pane_id} #{pane_dead} #{pane_dead_status}#{pane_dead_signal} #{@codex_planner_id} #{@codex_planner_dashboard} #{session_name}'
const PANE_LINE = /^(\d+) (\d+) (\$\d+) (@\d+) (\d+) (%\d+) ([01]) (\S*) (\S*) (\S*) (.*)$/

/** A window shown in several sessions appears once for each. Undefined when a line is not what was asked for. */
export function parsePanes(output: string): Pane[] | undefined {
  const panes = output
    .split('\n')
    .filter(line => line !== '')
    .map(parsePane)
  return panes.every(pane => pane !== undefined) ? panes : undefined
}

function parsePane(line: string): Pane | undefined {
  const [, pid, start, session, window, index, pane, dead, end, id, dashboard, sessionName] = PANE_LINE.exec(line) ?? []
  if (!session || !window || !pane) return undefined
  return {
    server_pid: Number(pid),
    server_start: Number(start),
    session,
    sessionName: sessionName ?? '',
    window,
    index: Number(index),
    pane,
    dead: dead === '1',
    unreaped: dead === '1' && end === '',
    id: id ?? '',
    dashboard: dashboard ?? '',
  }
}

/** Wherever a person may have moved it to. */
export function paneOf(ref: TmuxRef, panes: readonly Pane[]): Pane | undefined {
  return panes.find(pane => pane.pane === ref.pane && sameLife(pane, ref))
}

/**
 * @param lingering pids of servers that run although their socket no longer leads to them: it was removed, and perhaps another
 * server listens in its place. Nothing is proven about their terminals.
 */
export function stateOf(ref: TerminalRef, answer: Answer, lingering: ReadonlySet<number>): TerminalState {
  const known = tmuxRef(ref)
  if (!known || answer.kind === 'silent') return 'unknown'
  if (answer.kind === 'panes') {
    const pane = paneOf(known, answer.panes)
    if (pane) return pane.dead ? 'gone' : 'open'
    if (answer.panes.some(pane => sameLife(pane, known))) return 'gone'
  }
  return lingering.has(known.server_pid) ? 'unknown' : 'gone'
}
