import type {Figure} from './figure.ts'

/** The figure as a table for a document, its columns as wide as the formatter makes them. */
export function markdownTable({rows}: Pick<Figure, 'rows'>): string {
  const keys = Object.keys(rows[0] ?? {})
  const cells = [keys.map(titleOf), ...rows.map(row => keys.map(key => String(row[key])))]
  const widths = keys.map((_, column) => Math.max(3, ...cells.map(row => row[column]?.length ?? 0)))
  const lines = cells.map(row => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  return lines.toSpliced(1, 0, `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`).join('\n')
}

/** A key as the heading of its column. */
export function titleOf(key: string): string {
  const words = key.replaceAll('_', ' ')
  if (/^(?:ms|p\d+)\b/.test(words)) return words
  if (/^(?:mb|cpu)\b/.test(words)) return words.replace(/^\w+/, word => word.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Puts text between the marks of a figure. @throws Error if the document has no such marks */
export function withFigure(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- figure ${name} -->`, `<!-- end ${name} -->`]
  const [from, to] = [document.indexOf(begin), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`The document has no place for ${name}: ${begin} … ${end}`)
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`
}
