import {printable} from './domain/text.ts'
import {terminalColumns} from './standard-output.ts'
import {columnsAtMost, fitted} from './width.ts'

export interface Column<Row> {
  title: string
  value(row: Row): string
  /** Takes what room is left and is cut first. */
  flexible?: boolean
  /** Left out where there is no room for all; the highest goes first. */
  drop?: number
}

const GAP = 2
const NARROWEST = 12

/** Rows under titles, cut to the width of the terminal; a pipe gets every value whole. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width = terminalColumns()): string {
  const all = columns.map(column => {
    const cells = [column.title, ...rows.map(row => printable(column.value(row)))]
    return {column, cells, width: Math.max(...cells.map(columnsAtMost))}
  })
  const shown = width === undefined ? all : fitting(all, width)
  return [undefined, ...rows]
    .map((_, index) =>
      shown
        .map(({cells, width}) => fitted(cells[index] ?? '', width))
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
    .join('\n')
}

interface Shown<Row> {
  column: Column<Row>
  cells: string[]
  width: number
}

/** Cuts what may be cut, then leaves out what may be left out, and only then makes columns too narrow to be read well. */
function fitting<Row>(all: readonly Shown<Row>[], width: number): Shown<Row>[] {
  for (let kept = all; ; ) {
    const cut = shrunk(kept, width)
    if (excess(cut, width) <= 0) return cut
    const [first] = kept.filter(({column}) => column.drop !== undefined).toSorted(byDrop)
    if (!first) return squeezed(cut, width)
    kept = kept.filter(shown => shown !== first)
  }
}

function byDrop<Row>(one: Shown<Row>, other: Shown<Row>): number {
  return (other.column.drop ?? 0) - (one.column.drop ?? 0)
}

function excess<Row>(shown: readonly Shown<Row>[], width: number): number {
  return shown.reduce((sum, next) => sum + next.width, GAP * (shown.length - 1)) - width
}

function shrunk<Row>(all: readonly Shown<Row>[], width: number): Shown<Row>[] {
  const shown = all.map(one => ({...one}))
  for (const flexible of [true, false]) {
    for (const one of shown.filter(({column}) => Boolean(column.flexible) === flexible)) {
      const over = excess(shown, width)
      if (over > 0) one.width = Math.max(Math.min(one.width, NARROWEST), one.width - over)
    }
  }
  return shown
}

function squeezed<Row>(all: readonly Shown<Row>[], width: number): Shown<Row>[] {
  const shown = all.map(one => ({...one}))
  while (excess(shown, width) > 0) {
    const widest = shown.reduce((best, next) => (next.width > best.width ? next : best))
    if (widest.width <= 1) break
    widest.width -= 1
  }
  return shown
}
