import type {ProcessIdentity, TerminalRef} from '@codex-planner/plugin-api'

/** The window is known by the process in it: the session's script. Emulator, display and title are for the person. */
export type DesktopRef = ProcessIdentity & {
  emulator: string
  display: string
  title: string
}

/** Undefined for what this backend never wrote. */
export function desktopRef(ref: TerminalRef): DesktopRef | undefined {
  const {pid, started, boot, pidns, emulator, display, title} = ref
  if (!isNumber(pid) || pid < 2 || !isNumber(started)) return undefined
  if (!isText(boot) || boot === '' || !isText(pidns) || pidns === '') return undefined
  if (!isText(emulator) || !isText(display) || !isText(title)) return undefined
  return {pid, started, boot, pidns, emulator, display, title}
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
