import stringWidth from 'string-width'

import {printable} from './domain/text.ts'

export interface Column<Row> {
  title: string
  value(row: Row): string
  /** Takes what room is left and is cut first. */
  flexible?: boolean
}

const GAP = 2
const NARROWEST = 12

/** Rows under titles, cut to the width of the terminal; a pipe gets every value whole. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width = process.stdout.columns,
): string {
  const cells = rows.map(row => columns.map(column => printable(column.value(row))))
  const all = [columns.map(({title}) => title), ...cells]
  const widths = columns.map((_, index) => Math.max(...all.map(line => stringWidth(line[index] ?? ''))))
  if (width !== undefined) shrink(widths, columns, width)
  return all
    .map(line =>
      line
        .map((cell, index) => fitted(cell, widths[index] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n')
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  const excess = () => widths.reduce((sum, next) => sum + next, GAP * (widths.length - 1)) - width
  for (const flexible of [true, false]) {
    for (const [index, column] of columns.entries()) {
      const over = excess()
      const current = widths[index] ?? 0
      if (over > 0 && Boolean(column.flexible) === flexible)
        widths[index] = Math.max(Math.min(current, NARROWEST), current - over)
    }
  }
}

function fitted(text: string, width: number): string {
  const own = stringWidth(text)
  if (own <= width) return text + ' '.repeat(width - own)
  let kept = ''
  let used = 0
  for (const {segment} of new Intl.Segmenter().segment(text)) {
    const next = stringWidth(segment)
    if (used + next > width - 1) break
    kept += segment
    used += next
  }
  return `${kept}…${' '.repeat(Math.max(0, width - used - 1))}`
}
