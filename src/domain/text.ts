import {PlannerError} from './errors.ts'

// C0 and C1 controls, line separators, bidi characters, annotations, and all that Unicode draws as nothing: zero-width and tag characters,
// fillers. The first sixteen variation selectors stay, for they belong to emoji.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?![\ufe00-\ufe0f])[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]/gu

/** Where something may be hidden between layout and plain ASCII, of which most text is made: passing over that first takes a tenth of the time. */
const SUSPECT = /[^\t\n -~]+/g

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}

/** Text for one line of a terminal: what could move, hide or run something is written out as `\u{…}`. */
export function printable(text: string): string {
  return exceptJoined(text.toWellFormed(), part => part.replace(HIDDEN, escapeCharacter))
}

/** The same for text of several lines: line feeds and tabs stay. */
export function printableLines(text: string): string {
  return exceptJoined(text.toWellFormed(), part => withoutHidden(part, escapeCharacter))
}

/** The joiner between the parts of an emoji hides nothing where Unicode lists that very sequence; anywhere else it does. */
function exceptJoined(text: string, write: (part: string) => string): string {
  if (!text.includes('\u200d')) return write(text)
  const parts = text.split(new RegExp('(\\p{RGI_Emoji_ZWJ_Sequence})', 'v'))
  return parts.map((part, index) => (index % 2 === 1 ? part : write(part))).join('')
}

/** Whether a program that reads this must spell something in it. */
export function hidesSomething(text: string): boolean {
  return text !== withoutHidden(text.toWellFormed(), escapeCharacter)
}

/**
 * Text that a program reads and a person may see: JSON or double-quoted YAML in which whatever hides is spelt by `spell`. Line feeds and tabs
 * stay, for in there they are only layout.
 */
export function withoutHidden(text: string, spell: (character: string) => string): string {
  return text.replace(SUSPECT, part => part.replace(HIDDEN, spell))
}

/** JSON to print: it parses to the same value, and holds no character that acts on a terminal or hides in one. */
export function printableJson(value: unknown): string {
  return harmlessJson(JSON.stringify(value ?? null, null, 2))
}

/** JSON that parses to the same value, with `\u` escapes for whatever acts on a terminal or hides in one. */
export function harmlessJson(json: string): string {
  return withoutHidden(json, character =>
    Array.from({length: character.length}, (_, unit) => `\\u${hex(character.charCodeAt(unit), 4)}`).join(''),
  )
}

/** What a double-quoted YAML text calls a character. */
export function yamlEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** A text that is too long to be read without its middle. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text
  const half = Math.floor((max - 1) / 2)
  return `${text.slice(0, half)}…${text.slice(-half)}`.toWellFormed()
}

/** What a value takes as compact JSON. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** As many of its first characters as fit into that many bytes of JSON, quotes counted, and `…` where any is missing. */
export function cutForJson(text: string, bytes: number): string {
  if (text.length <= bytes && jsonBytes(text) <= bytes) return text
  let left = bytes - jsonBytes('…')
  let kept = ''
  for (const {segment} of new Intl.Segmenter().segment(text.slice(0, Math.max(0, bytes)))) {
    left -= jsonBytes(segment) - jsonBytes('')
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

export interface TextRule {
  /** Named in the refusal, as the caller spelt it: `title`, `--note`. */
  field: string
  /** Characters. */
  max: number
  lines?: boolean
}

/** Refuses text that cannot be kept and shown faithfully. @throws PlannerError INVALID_ARGUMENT */
export function requireText(text: string, {field, max, lines = false}: TextRule): string {
  if (text.trim() === '') throw new PlannerError('INVALID_ARGUMENT', `${field} is empty.`)
  if (text.length > max) {
    throw new PlannerError('INVALID_ARGUMENT', `${field} has ${text.length} characters; at most ${max} are kept.`)
  }
  if (!text.isWellFormed() || text.includes('\0')) {
    throw new PlannerError('INVALID_ARGUMENT', `${field} holds a character that is not text (NUL or half of a pair).`)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!lines && /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) {
    throw new PlannerError('INVALID_ARGUMENT', `${field} must be one line without control characters.`)
  }
  return text
}

/** Linux takes no longer ones. */
const LONGEST_PATH = 4096

/** Refuses what names no file or folder on any machine. @throws PlannerError INVALID_ARGUMENT */
export function requirePath(text: string): string {
  if (text.trim() === '') throw new PlannerError('INVALID_ARGUMENT', 'An empty path names nothing.')
  if (text.includes('\0')) throw new PlannerError('INVALID_ARGUMENT', 'A path holds no NUL.')
  const bytes = Buffer.byteLength(text)
  if (bytes <= LONGEST_PATH) return text
  throw new PlannerError('INVALID_ARGUMENT', `A path has at most ${LONGEST_PATH} bytes; this one has ${bytes}.`)
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireItems(items: readonly string[], rule: TextRule & {maxItems: number}): string[] {
  if (items.length > rule.maxItems) {
    throw new PlannerError(
      'INVALID_ARGUMENT',
      `${rule.field} has ${items.length} entries; at most ${rule.maxItems} are kept.`,
    )
  }
  return items.map(item => requireText(item, rule))
}
