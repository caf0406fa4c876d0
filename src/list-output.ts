import {type Column, table} from './table.ts'

export type Format = 'table' | 'yaml' | 'json'

/** One list in the form that was asked for. */
export async function listOutput<Row>(
  format: Format,
  result: object,
  rows: readonly Row[],
  {columns, none}: {columns: readonly Column<Row>[]; none: string},
): Promise<string> {
  if (format === 'json') return JSON.stringify(result, null, 2)
  if (format === 'yaml') {
    const {stringify} = await import('yaml')
    return stringify(result, {lineWidth: 0, aliasDuplicateObjects: false}).trimEnd()
  }
  return rows.length === 0 ? none : table(rows, columns)
}
