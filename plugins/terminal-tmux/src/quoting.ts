/** Control characters, NUL among them, and halves of characters: no name or path of ours holds one, and tmux would change them. */
const REFUSED = /[\p{Cc}\p{Cs}]/u
/** tmux takes a little over 16 000 bytes. */
const MOST_BYTES = 15_000

/** tmux ends a command at an argument that ends in `;`, unless a `\` stands before it. */
export function argument(text: string): string {
  if (REFUSED.test(text)) throw new RangeError('Control characters and halves of characters cannot be passed to tmux.')
  return text.endsWith(';') ? `${text.slice(0, -1)}\\;` : text
}

/** For the places where tmux expands formats, and would run `#(…)`: names of sessions and windows. */
export function literal(text: string): string {
  return text.replaceAll('#', '##')
}

/** For a status line, where tmux also puts the time for `%H`. */
export function statusLiteral(text: string): string {
  return literal(text).replaceAll('%', '%%')
}

/** Commands that one call of tmux runs in order, until one fails. */
export function commandLine(commands: readonly (readonly string[])[]): string[] {
  // Without a command tmux opens a session.
  if (commands.length === 0) throw new RangeError('There is no command for tmux.')
  const line = commands.flatMap((command, index) => [...(index > 0 ? [';'] : []), ...command.map(argument)])
  const bytes = bytesOf(line)
  if (bytes > MOST_BYTES)
    throw new RangeError(`A tmux command of ${bytes} bytes is too long; ${MOST_BYTES} are the most.`)
  return line
}

/** The same for as many commands as there are, in as few calls as tmux takes. */
export function commandLines(commands: readonly (readonly string[])[]): string[][] {
  const calls: (readonly string[])[][] = [[]]
  let bytes = 0
  for (const command of commands) {
    const more = bytesOf([';', ...command.map(argument)])
    if (bytes > 0 && bytes + more > MOST_BYTES) {
      calls.push([])
      bytes = 0
    }
    calls.at(-1)?.push(command)
    bytes += more
  }
  return calls.map(commandLine)
}

function bytesOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0)
}

/** Any text as one short line that a person reads. */
export function oneLine(text: string, most = 100): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  const characters = Array.from(line)
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line
}

/** What may be typed: an escape sequence inside would end a bracketed paste early, and control characters are commands. */
export function typeable(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '')
}

/** A line that a person pastes into a shell. */
export function pasteable(argv: readonly string[]): string {
  return argv
    .map(word => (/^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ')
}
