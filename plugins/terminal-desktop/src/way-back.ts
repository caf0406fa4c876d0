import type {TerminalRef, WayBack} from '@codex-planner/plugin-api'

import {desktopRef} from './desktop-ref.ts'

/** A window cannot be brought into a terminal, so there is a sentence to find it by. */
export function wayBack(ref: TerminalRef): WayBack {
  const known = desktopRef(ref)
  if (!known) return {hint: 'The record of this window was not written by the desktop backend.'}
  const {title, emulator, display, pid} = known
  const place = `a window of ${emulator} on the display ${display}, opened as "${title}" with the process ${pid}`
  return {
    hint: `It is ${place}. A window cannot be attached to: look for it on that screen. Ctrl+C in it belongs to Codex: it interrupts a turn, and ends an idle session.`,
  }
}
