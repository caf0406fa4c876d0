import type {ProcessIdentity, TerminalRef} from '@codex-planner/plugin-api'

/** A window is known by the process in it: the session's script. The rest says how to reach it. */
export type ScreenRef = ProcessIdentity & {
  /** The folder that was `SCREENDIR`. */
  sockets: string
  /** What screen calls the session, `<pid of screen>.<name>`. */
  screen: string
  /** Clock ticks since boot at which that process started. */
  screen_started: number
  /** The window's number in it. */
  window: string
  /** The plugin's own folder for this window. */
  folder: string
}

/** Undefined for what this backend never wrote. What passes can stand in a call of screen as it is. */
export function screenRef(ref: TerminalRef): ScreenRef | undefined {
  const {pid, started, boot, pidns, sockets, screen, screen_started, window, folder} = ref
  if (!isNumber(pid) || pid < 2 || !isNumber(started) || !isNumber(screen_started)) return undefined
  if (!matches(boot, /^\S+$/) || !matches(pidns, /^\S+$/)) return undefined
  if (!matches(screen, /^\d+\.cp-[a-z0-9-]+$/) || !matches(window, /^\d{1,3}$/)) return undefined
  if (!matches(sockets, /^\/[^\0]+$/) || !matches(folder, /^\/[^\0]+$/)) return undefined
  return {pid, started, boot, pidns, sockets, screen, screen_started, window, folder}
}

export function requireRef(ref: TerminalRef): ScreenRef {
  const known = screenRef(ref)
  if (!known) throw new Error('The record of this terminal was not written by the screen backend.')
  return known
}

/** The process of screen itself. It outlives the script where a person opened further windows, or the script failed. */
export function screenProcess({screen, screen_started, boot, pidns}: ScreenRef): ProcessIdentity {
  return {pid: Number.parseInt(screen, 10), started: screen_started, boot, pidns}
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}
