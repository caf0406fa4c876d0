import type {TerminalRef, WayBack} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'
import {EMULATOR, emulatorNamed} from './emulators.ts'

/** A window cannot be brought into a terminal, so there is a sentence to find it by. */
export function wayBack(ref: TerminalRef): WayBack {
  const known = desktopRef(ref)
  if (!known) return {hint: 'The record of this window was not written by the desktop backend.'}
  const {title, emulator, display, pid} = known
  const row = emulatorNamed(emulator)
  // Codex writes a title of its own where it can.
  const window =
    row && EMULATOR[row].keepsTitle
      ? `the window "${title}" of ${emulator}`
      : `the window of ${emulator} that was opened as "${title}"`
  return {
    hint: `Look for ${window} on the display ${display} (process ${pid}); no terminal can attach to it. Ctrl+C in it belongs to Codex: it interrupts a turn, and ends an idle session.`,
  }
}
