/** One word for a POSIX shell, whatever it holds. @throws RangeError for NUL, which no program can be given */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('A NUL character cannot be passed to a program.')
  return `'${text.replaceAll("'", "'\\''")}'`
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ')
}

/** The same line as a person would type it: words that need no quotes have none. */
export function pasteable(argv: readonly string[]): string {
  return argv.map(word => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : shellWord(word))).join(' ')
}

/** The line that opens a file in the person's editor. */
export function editing(file: string): string {
  return `\${EDITOR:-vi} ${pasteable([file])}`
}
