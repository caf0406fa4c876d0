import {setTimeout} from 'node:timers/promises'

import type {PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {read} from './reading.ts'
import {command} from './screen-program.ts'
import {requireRef, screenProcess} from './screen-ref.ts'
import {literal, typeable} from './words.ts'

const LOOKS = 50
const BETWEEN_LOOKS_MS = 100
/** Looks in a row that show the same, after which a program is taken to have dealt with what it was sent. */
const LOOKS_AT_REST = 5
/** Codex takes an Enter that follows at once for a part of the paste. */
const BEFORE_ENTER_MS = 500
/** Screen drops a command of more than about 750 bytes without a word. */
const MOST_BYTES = 500

/**
 * By `stuff`, in parts: what screen reads from a file and pastes has an Enter for each line break. Each part waits until the one before it shows,
 * since some of a long text was lost on a program that reads key by key. Enter is sent only when all has appeared: on a question that took no
 * text it would be an answer.
 */
export async function type(host: PluginHost, ref: TerminalRef, text: string): Promise<void> {
  const known = requireRef(ref)
  const typed = typeable(text)
  if (markOf(typed) === '') throw new RangeError('There is no text to type, or none that screen can show.')
  const [script, screen] = await host.processes.statesOf([known, screenProcess(known)])
  if (script !== 'open') throw new Error('Nothing runs in this terminal any more.')
  if (screen === 'gone') throw new Error('The screen of this session has ended.')
  const shows = () => read(host, ref)
  // This asks first: what is sent to a screen that is stopped would be typed whenever it goes on.
  const before = await shows()
  let sent = ''
  for (const part of partsOf(typed)) {
    if (sent !== '') await rest(sent, before, shows)
    await command(host, known, ['stuff', literal(part)])
    sent += part
  }
  for (let look = 1; !hasAppeared(typed, before, await shows()); look++) {
    if (look === LOOKS) throw new Error('The text was sent but does not show in the terminal, so it was not submitted.')
    await setTimeout(BETWEEN_LOOKS_MS)
  }
  await setTimeout(BEFORE_ENTER_MS)
  await command(host, known, ['stuff', String.raw`\015`])
}

/** Until what was sent has appeared, or nothing more happens: of a text that repeats itself one cannot tell. */
async function rest(sent: string, before: string, shows: () => Promise<string>): Promise<void> {
  let last = ''
  let same = 0
  for (let look = 1; look <= LOOKS && same < LOOKS_AT_REST; look++) {
    const now = await shows()
    if (hasAppeared(sent, before, now)) return
    same = now === last ? same + 1 : 0
    last = now
  }
}

/** None so long, as it is written for screen, that it would be dropped. */
export function partsOf(text: string): string[] {
  const parts: string[] = []
  let [part, bytes] = ['', 0]
  for (const character of text) {
    const more = Buffer.byteLength(literal(character))
    if (bytes + more > MOST_BYTES) {
      parts.push(part)
      ;[part, bytes] = ['', 0]
    }
    part += character
    bytes += more
  }
  return part === '' ? parts : [...parts, part]
}

/** Programs may break lines anywhere, and shorten a long paste to a mark such as `[Pasted Content 3511 chars]`. */
export function hasAppeared(typed: string, before: string, after: string): boolean {
  const marks = [markOf(typed), '[Pasted']
  return marks.some(mark => count(after, mark) > count(before, mark))
}

/** The end of the last line, as far as screen shows it recognisably: a character with accents of its own is something else to screen. */
function markOf(typed: string): string {
  return compact(typed.split(/\n|\p{M}|\p{Cf}|\p{Sk}/u).findLast(part => compact(part) !== '') ?? '').slice(-24)
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
