import type {Readiness} from '@codex-planner/plugin-api'

import {type DisplayKind, EMULATOR, EMULATORS, type EmulatorName} from './emulators.ts'
import {listed} from './listing.ts'

/** What is there to put a window on. */
export interface Desktop {
  /** The value of DISPLAY, and why no window can be opened there; undefined when it is not set. */
  x: {name: string; fault: string | undefined} | undefined
  /** The same for WAYLAND_DISPLAY, where only the socket can be tried. */
  wayland: {name: string; fault: string | undefined} | undefined
  /** Whether a D-Bus session bus answers. */
  bus: boolean
}

export interface Choice {
  emulator: EmulatorName
  /** That a window opens there is known of X only. */
  on: DisplayKind
  display: string
}

export type Refusal = Extract<Readiness, {ready: false}>

const IN_TMUX = 'export CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux'
const DISPLAY = {x: ['an X display', 'DISPLAY'], wayland: ['a Wayland display', 'WAYLAND_DISPLAY']} as const

/** The emulators that can open a window here, the first to be tried first; at least one, or why there is none. */
export function choose(
  wish: EmulatorName | undefined,
  installed: ReadonlySet<EmulatorName>,
  desktop: Desktop,
): [Choice, ...Choice[]] | Refusal {
  const {x, wayland} = desktop
  const fits = (emulator: EmulatorName) => choiceOf(emulator, desktop) !== undefined
  if (!x && !wayland) return refuse('DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX)
  if ([x, wayland].every(display => !display || display.fault !== undefined))
    return refuse(x?.fault ?? wayland?.fault ?? '', IN_TMUX)

  const asked = wish ? [wish] : EMULATORS.filter(name => installed.has(name))
  const [first, ...more] = asked.filter(name => installed.has(name)).flatMap(name => choiceOf(name, desktop) ?? [])
  if (first) return [first, ...more]

  const reason = asked.map(name => lackOf(name, desktop)).join(' ')
  // The last one needs least.
  const other = (wish ? [wish] : EMULATORS).findLast(name => fits(name) && !EMULATOR[name].untested)
  return refuse(
    reason || `None of ${listed(EMULATORS, 'and')} is installed.`,
    other ? `sudo apt-get install -y ${other}` : IN_TMUX,
  )
}

function choiceOf(emulator: EmulatorName, desktop: Desktop): Choice | undefined {
  const {displays, needsBus} = EMULATOR[emulator]
  const on = displays.find(kind => desktop[kind] && desktop[kind].fault === undefined)
  return on && (desktop.bus || !needsBus) ? {emulator, on, display: desktop[on]?.name ?? ''} : undefined
}

function lackOf(emulator: EmulatorName, desktop: Desktop): string {
  const {displays, needsBus} = EMULATOR[emulator]
  if (choiceOf(emulator, {...desktop, bus: true}) === undefined) {
    const [what, variable] = DISPLAY[displays[0]]
    return `${emulator} needs ${what}. ${desktop[displays[0]]?.fault ?? `${variable} is not set.`}`
  }
  return needsBus && !desktop.bus
    ? `${emulator} needs a D-Bus session bus, and none answers.`
    : `${emulator} is not installed.`
}

function refuse(reason: string, remedy: string): Refusal {
  return {ready: false, reason, remedy}
}
