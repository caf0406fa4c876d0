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

/** The same command on several lines that a shell reads as one, each as wide as `width` at most where its words allow that. */
export function foldedLine(line: string, width: number): string {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []
  // Something that is no list of words stays as it is written.
  if (words.join(' ') !== line) return line
  const flags = words.reduce<string[]>((parts, word) => {
    const last = parts.pop()
    return last === undefined ? [word] : word.startsWith('-') ? [...parts, last, word] : [...parts, `${last} ${word}`]
  }, [])
  const lines = flags.reduce<string[]>((done, flag) => {
    const last = done.pop()
    if (last === undefined) return [flag]
    return `${last} ${flag} \\`.length > width ? [...done, last, `  ${flag}`] : [...done, `${last} ${flag}`]
  }, [])
  return lines.join(' \\\n')
}

/** The line that opens a file in the person's editor. */
export function editing(file: string): string {
  return `\${EDITOR:-vi} ${pasteable([file])}`
}
