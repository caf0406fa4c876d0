import {type Library, mustBeQuoted, printEntries, strings} from './yaml-print.ts'

export interface KnownEdit {
  /** What the entry says now. */
  known: object
  changed: Record<string, unknown> | undefined
  /** New entries behind it. */
  added: readonly object[]
}

/**
 * The lines of an entry with the edit in it, by printing it: where they are those that this program prints for what the
 * entry says, nothing has to be parsed to know that the new ones say what they should. Undefined where a person wrote any of
 * them, and with text that is not printed alike by itself and as a part of an entry.
 */
export function reprinted(yaml: Library, text: string, {known, changed = {}, added}: KnownEdit): string | undefined {
  if (strings([known, changed]).some(mustBeQuoted)) return undefined
  const indent = /^ */.exec(text)?.[0] ?? ''
  if (text !== `${printEntries(yaml, [known], indent)}\n`) return undefined
  return `${printEntries(yaml, [{...known, ...changed}, ...added], indent)}\n`
}

const LINE = /^(?:(?<key>[a-z_]+): (?:0|[1-9]\d*)|(?<list>[a-z_]+):| *(?:#.*)?)$/

/**
 * What comes before the entries of `list`, with other numbers at its top. Undefined unless it has nothing but comments, lines such as
 * `revision: 12`, each key once, and the key of the list.
 */
export function renumbered(head: string, list: string, numbers: Record<string, number>): string | undefined {
  const lines = head.split('\n').map(line => ({line, found: LINE.exec(line)?.groups}))
  const keys = lines.flatMap(({found}) => found?.['key'] ?? found?.['list'] ?? [])
  const isPlain =
    lines.every(({found}) => found && (found['list'] === undefined || found['list'] === list)) &&
    new Set(keys).size === keys.length &&
    keys.at(-1) === list &&
    Object.keys(numbers).every(key => keys.includes(key) && key !== list)
  if (!isPlain) return undefined
  return lines
    .map(({line, found}) => {
      const key = found?.['key']
      return key !== undefined && Object.hasOwn(numbers, key) ? `${key}: ${numbers[key]}` : line
    })
    .join('\n')
}
