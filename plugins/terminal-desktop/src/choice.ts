import {EMULATORS, type EmulatorName, type Refusal} from './settings.ts'

/** What is there to put a window on. */
export interface Desktop {
  /** The value of DISPLAY, and why no window can be opened there; undefined when it is not set. */
  x: {name: string; fault: string | undefined} | undefined
  /** The same for WAYLAND_DISPLAY, where only the socket can be tried. */
  wayland: {name: string; listens: boolean} | undefined
  /** Whether a D-Bus session bus answers. */
  bus: boolean
}

export interface Choice {
  emulator: EmulatorName
  display: string
  /** That a window opens there is known of X only. */
  proven: boolean
}

const IN_TMUX = 'export CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux'
const install = (name: EmulatorName) => `sudo apt-get install -y ${name}`

/** The emulators that can open a window here, the first to be tried first; at least one, or why there is none. */
export function choose(
  wish: EmulatorName | undefined,
  installed: ReadonlySet<EmulatorName>,
  desktop: Desktop,
): [Choice, ...Choice[]] | Refusal {
  const {x, wayland, bus} = desktop
  if (!x && !wayland) return refuse('DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX)
  const candidates = (wish ? [wish] : EMULATORS).filter(name => installed.has(name))
  if (candidates.length === 0) {
    if (wish) return refuse(`${wish} is not installed.`, install(wish))
    return refuse('Neither gnome-terminal nor xterm is installed.', install('xterm'))
  }
  const onX: Omit<Choice, 'emulator'>[] = x && x.fault === undefined ? [{display: x.name, proven: true}] : []
  const onWayland = wayland?.listens ? [{display: wayland.name, proven: false}] : []
  if (onX.length + onWayland.length === 0) {
    return refuse(x?.fault ?? `The Wayland display ${wayland?.name} cannot be opened.`, IN_TMUX)
  }
  const [first, ...more] = candidates.flatMap(emulator => {
    const displays = emulator === 'xterm' ? onX : bus ? [...onWayland, ...onX] : []
    return displays.slice(0, 1).map(display => ({emulator, ...display}))
  })
  if (first) return [first, ...more]
  if (candidates.includes('gnome-terminal') && !bus) {
    const other = wish || installed.has('xterm') || onX.length === 0 ? IN_TMUX : install('xterm')
    return refuse('gnome-terminal needs a D-Bus session bus, and none answers.', other)
  }
  return refuse(
    `xterm needs an X display. ${x?.fault ?? 'DISPLAY is not set.'}`,
    wish ? IN_TMUX : install('gnome-terminal'),
  )
}

function refuse(reason: string, remedy: string): Refusal {
  return {ready: false, reason, remedy}
}
