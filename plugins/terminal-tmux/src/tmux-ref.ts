import type {TerminalRef} from '@codex-planner/plugin-api'

/** Ids count from 0 again in the next server, so they mean something only together with the server that gave them. */
export type ServerLife = {server_pid: number; server_start: number}

export type TmuxRef = ServerLife & {
  socket: string
  name: string
  session: string
  window: string
  pane: string
}

/** Undefined for what this backend never wrote. What passes can stand in a tmux command as it is. */
export function tmuxRef(ref: TerminalRef): TmuxRef | undefined {
  const {socket, name, session, window, pane, server_pid, server_start} = ref
  if (!matches(socket, /^\//) || !matches(name, /^cp-[a-z0-9-]+$/)) return undefined
  if (!matches(session, /^\$\d+$/) || !matches(window, /^@\d+$/) || !matches(pane, /^%\d+$/)) return undefined
  if (!Number.isSafeInteger(server_pid) || !Number.isSafeInteger(server_start)) return undefined
  return {socket, name, session, window, pane, server_pid: Number(server_pid), server_start: Number(server_start)}
}

export function requireRef(ref: TerminalRef): TmuxRef {
  const known = tmuxRef(ref)
  if (!known) throw new Error('The record of this terminal was not written by the tmux backend.')
  return known
}

export function sameLife(one: ServerLife, other: ServerLife): boolean {
  return one.server_pid === other.server_pid && one.server_start === other.server_start
}

/** A command, written out, that the server runs only if it is still the one meant. */
export function onLife(life: ServerLife, command: string): string[] {
  return ['if-shell', '-F', `#{==:#{pid}.#{start_time},${life.server_pid}.${life.server_start}}`, command]
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}
