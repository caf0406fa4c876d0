/** Shells that can ask what a line could go on with. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A line that is being typed, without the program's name, as far as the cursor. */
export interface TypedLine {
  /** Finished words, their quotes taken off. */
  before: string[]
  /** The word at the cursor, maybe empty. */
  current: string
  /** How many characters of `current` the shell leaves standing when it puts in what is chosen. */
  standing: number
}

/**
 * The line in words as a program would be given them. Nothing in them is expanded. bash hands a word over in pieces, cut at `=`, `:` and `@`,
 * and takes only the rest of the last piece; the other shells take whole words, and fish has taken the quotes off.
 * @param words the last one is at the cursor
 */
export function typedLine(shell: Shell, words: readonly string[]): TypedLine {
  if (shell === 'fish') return {before: words.slice(0, -1), current: unquoted(words.at(-1) ?? ''), standing: 0}
  const whole = (shell === 'bash' ? withoutRedirections(glued(words)) : words).map(unquoted)
  const current = whole.at(-1) ?? ''
  const standing = shell === 'bash' ? current.length - unquoted(words.at(-1) ?? '').length : 0
  return {before: whole.slice(0, -1), current, standing}
}

/** With a backslash before it, a word begins there. */
const BREAK = /^\\?[=:@]+$/

function glued(pieces: readonly string[]): string[] {
  const words: string[] = []
  let open = false
  for (const piece of pieces) {
    const joins = words.length > 0 && (open || /^[=:@]/.test(piece))
    if (joins) words.push(`${words.pop()}${piece}`)
    else words.push(piece)
    open = BREAK.test(piece)
  }
  return words
}

function withoutRedirections(words: readonly string[]): string[] {
  const isOperator = (word: string | undefined) => word !== undefined && /^[<>]+[&|]?$/.test(word)
  return words.filter((word, at) => !isOperator(word) && (at === words.length - 1 || !isOperator(words[at - 1])))
}

/** Quotes that are open at the end count as closed there. */
export function unquoted(word: string): string {
  return word.replace(
    /\\([^])|'([^']*)(?:'|$)|"((?:\\[^]|[^"\\])*)(?:"|\\?$)/g,
    (_, escaped?: string, single?: string, double?: string) =>
      escaped ?? single ?? (double ?? '').replace(/\\(["\\$`])/g, '$1'),
  )
}
