/** A text that ends in a list of entries, in the parts that can be read by themselves. */
export interface Blocks {
  /** Everything before the first entry, with the line of the list's key. */
  head: string
  /** One list of one entry each, and what stands between it and the next. */
  blocks: string[]
}

/**
 * The parts of a YAML text whose last key is `list` and holds `- entry` lines. In such a list a line that begins with its
 * indentation and a dash begins an entry, whatever stands around it: everything inside an entry is indented more.
 * Undefined for any other shape.
 */
export function blocksOf(text: string, list: string): Blocks | undefined {
  if (/\r|\ufeff|^%|^(?:---|\.\.\.)/m.test(text)) return undefined
  const key = new RegExp(`^${list}:[ ]*(?:#.*)?\n(?:[ ]*(?:#.*)?\n)*(?=([ ]*)- )`, 'm').exec(text)
  if (!key) return undefined
  const [lines, indent = ''] = key
  const first = key.index + lines.length
  const rest = text.slice(first)
  const starts = [...rest.matchAll(new RegExp(`^${indent}- `, 'gm'))].map(({index}) => index)
  // A line that is indented less ends the list, unless it is a comment or blank.
  const outside = indent === '' ? /^(?!- |[ #]|$)/m : new RegExp(`^(?!${indent})(?![ ]*(?:#|$))`, 'm')
  if (starts[0] !== 0 || outside.test(rest)) return undefined
  return {head: text.slice(0, first), blocks: starts.map((start, index) => rest.slice(start, starts[index + 1]))}
}
