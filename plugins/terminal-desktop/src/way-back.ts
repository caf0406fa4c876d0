import type {TerminalRef, WayBack} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'

/** A window cannot be brought into a terminal, so there is a sentence to find it by. */
export function wayBack(ref: TerminalRef): WayBack {
  const known = desktopRef(ref)
  if (!known) return {hint: 'The record of this window was not written by the desktop backend.'}
  const {title, emulator, display, pid} = known
  // Only xterm can be told to keep its title: Codex writes its own into the other one.
  const window =
    emulator === 'xterm' ? `the window "${title}" of xterm` : `the window of ${emulator} that was opened as "${title}"`
  return {
    hint: `Look for ${window} on the display ${display} (process ${pid}); no terminal can attach to it. Ctrl+C in it belongs to Codex: it interrupts a turn, and ends an idle session.`,
  }
}
