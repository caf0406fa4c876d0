export type Library = typeof import('yaml')

/** `key: value`, for a place that is indented so; the first line is without it. */
export function printPair(yaml: Library, key: string, value: unknown, indent: string): string {
  const [head = '', ...rest] = print(yaml, {[key]: value}).split('\n')
  return [head, ...indented(rest, indent)].join('\n')
}

/** Entries of a list as whole lines, without the last line feed. */
export function printEntries(yaml: Library, entries: readonly unknown[], indent: string): string {
  const lines = entries.flatMap(entry => print(yaml, [entry]).split('\n'))
  return indented(lines, indent).join('\n')
}

function indented(lines: readonly string[], indent: string): string[] {
  return lines.map(line => (line === '' ? '' : `${indent}${line}`))
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g

/** Without the last line feed. Characters that editors change or hide are escaped, in double quotes. */
export function print(yaml: Library, value: unknown): string {
  // Quotes also what other YAML readers would take for a number, a date or a truth value.
  const options = {lineWidth: 0, compat: 'yaml-1.1'} as const
  if (!strings(value).some(mustBeQuoted)) return yaml.stringify(value, options).replace(/\n$/, '')
  const printed = yaml.stringify(value, {
    ...options,
    defaultKeyType: 'PLAIN',
    defaultStringType: 'QUOTE_DOUBLE',
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  })
  return printed.replace(/\n$/, '').replace(ODD, odd => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A block that begins with blanks is printed in a form that the same library does not read. */
export function mustBeQuoted(text: string): boolean {
  return text.search(ODD) >= 0 || /^\s/.test(text)
}

/** Every text in it, however deep. */
export function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : []
}
