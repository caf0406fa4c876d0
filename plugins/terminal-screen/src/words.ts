/** Any text as one short line: control characters would be commands to the terminal that shows it. */
export function oneLine(text: string, most = 100): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  const characters = Array.from(line)
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line
}

/** What may be typed: control characters are commands to the program that reads them. */
export function typeable(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(/(?![\n\t])[\p{Cc}\p{Cs}]/gu, '')
}

/** For an argument of a command to a running screen, which would expand `$NAME`, `^A` and `\n` in it. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$]/g, '\\$&')
}

/** A line that a person pastes into a shell. */
export function pasteable(argv: readonly string[]): string {
  return argv
    .map(word => (/^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ')
}
