import {randomUUID} from 'node:crypto'
import {setTimeout} from 'node:timers/promises'

import type {PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {typeable} from './quoting.ts'
import {shown} from './screen.ts'
import {askTmux} from './tmux.ts'
import {onLife, requireRef, type TmuxRef} from './tmux-ref.ts'

const LOOKS = 50
const BETWEEN_LOOKS_MS = 100
/** Codex takes an Enter that follows at once for a part of the paste. */
const BEFORE_ENTER_MS = 500

/** Enter is sent only when the text has appeared: on a question that took no text it would be an answer. */
export async function type(host: PluginHost, ref: TerminalRef, text: string): Promise<void> {
  const known = requireRef(ref)
  const typed = typeable(text)
  if (typed.trim() === '') throw new RangeError('There is no text to type.')
  const before = await shown(host, known)
  await paste(host, known, typed, '-p')
  for (let look = 1; !hasAppeared(typed, before, await shown(host, known)); look++) {
    if (look === LOOKS) throw new Error('The text was sent but does not show in the terminal, so it was not submitted.')
    await setTimeout(BETWEEN_LOOKS_MS)
  }
  await setTimeout(BEFORE_ENTER_MS)
  // As a paste, because tmux keeps a key for itself while the person scrolls back in this window.
  await paste(host, known, '\r')
}

/** Programs may break lines anywhere, and shorten a long paste to a mark such as `[Pasted Content 3511 chars]`. */
export function hasAppeared(typed: string, before: string, after: string): boolean {
  const end = compact(typed).slice(-24)
  return [end, '[Pasted'].some(mark => count(after, mark) > count(before, mark))
}

function count(text: string, mark: string): number {
  return compact(text).split(mark).length
}

function compact(text: string): string {
  return text.replaceAll(/\s+/gu, '')
}

async function paste(host: PluginHost, ref: TmuxRef, text: string, bracketed?: '-p'): Promise<void> {
  const buffer = `codex-planner-${randomUUID()}`
  const flags = bracketed ? `-d -r ${bracketed}` : '-d -r'
  const commands = [
    ['load-buffer', '-b', buffer, '-'],
    onLife(ref, `paste-buffer ${flags} -b ${buffer} -t ${ref.pane}`),
  ]
  await askTmux(host, ref.socket, commands, {input: text})
}
