import {randomUUID} from 'node:crypto'
import {rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {stateNow} from './process-identity.ts'
import {read} from './reading.ts'
import {command} from './screen-program.ts'
import {requireRef} from './screen-ref.ts'
import {literal, typeable} from './words.ts'

const LOOKS = 50
const BETWEEN_LOOKS_MS = 100
/** Codex takes an Enter that follows at once for a part of the paste. */
const BEFORE_ENTER_MS = 500
/** Where screen keeps a text until it is pasted. */
const REGISTER = 'p'

/**
 * Through a file and a register, since `stuff` expands variables and drops more than 750 bytes without a word. Enter is sent only when the text
 * has appeared: on a question that took no text it would be an answer.
 */
export async function type(host: PluginHost, ref: TerminalRef, text: string): Promise<void> {
  const known = requireRef(ref)
  const typed = typeable(text)
  if (markOf(typed) === '') throw new RangeError('There is no text to type, or none that screen can show.')
  if ((await stateNow(known)) !== 'open') throw new Error('Nothing runs in this terminal any more.')
  // This asks first: what is sent to a screen that is stopped would be typed whenever it goes on.
  const before = await read(host, ref)
  const file = path.join(known.folder, `typed-${randomUUID()}`)
  try {
    await writeFile(file, typed, {flag: 'wx', mode: 0o600})
    await command(host, known, ['readreg', REGISTER, literal(file)], ['paste', REGISTER])
  } finally {
    await rm(file, {force: true})
  }
  for (let look = 1; !hasAppeared(typed, before, await read(host, ref)); look++) {
    if (look === LOOKS) throw new Error('The text was sent but does not show in the terminal, so it was not submitted.')
    await setTimeout(BETWEEN_LOOKS_MS)
  }
  await setTimeout(BEFORE_ENTER_MS)
  await command(host, known, ['stuff', String.raw`\015`])
}

/** Programs may break lines anywhere, and shorten a long paste to a mark such as `[Pasted Content 3511 chars]`. */
export function hasAppeared(typed: string, before: string, after: string): boolean {
  const marks = [markOf(typed), '[Pasted']
  return marks.some(mark => count(after, mark) > count(before, mark))
}

/** The end of a text, as far as screen shows it recognisably: a character with accents of its own is something else to screen. */
function markOf(typed: string): string {
  return compact(typed.split(/\p{M}|\p{Cf}|\p{Sk}/u).findLast(part => compact(part) !== '') ?? '').slice(-24)
}

function count(text: string, mark: string): number {
  return compact(text).split(mark).length
}

/** As screen 4 tells a text: without spaces, and of each character the lower byte alone. */
function compact(text: string): string {
  return Array.from(text, character => String.fromCodePoint((character.codePointAt(0) ?? 0) & 0xff))
    .join('')
    .replaceAll(/[\s\p{Cc}\xa0\xad\xff]/gu, '')
}
