const ROOT_FLAGS = new Set(['--help', '-h', '--version', '-v'])

/** A bare call, or one that begins with a flag that is not the program's own, means `launch`; `help X` means `X --help`. */
export function withDefaultCommand(argv: readonly string[]): string[] {
  const [first, ...rest] = argv
  if (first === undefined || (first.startsWith('-') && !ROOT_FLAGS.has(first))) return ['launch', ...argv]
  if (first === 'help') return ['--help', ...rest]
  return [...argv]
}
