import {hidesSomething, printableJson, withoutHidden, yamlEscape} from './domain/text.ts'
import {type Column, table} from './table.ts'

export type Format = 'table' | 'yaml' | 'json'

/** One list in the form that was asked for. */
export async function listOutput<Row>(
  format: Format,
  result: object,
  rows: readonly Row[],
  {columns, none}: {columns: readonly Column<Row>[]; none: string},
): Promise<string> {
  if (format === 'json') return printableJson(result)
  if (format === 'yaml') return printableYaml(result)
  return rows.length === 0 ? none : table(rows, columns)
}

/** A block of lines loses a line of blanks at its beginning. */
function mustBeQuoted(text: string): boolean {
  return hidesSomething(text) || /^\s/.test(text)
}

/** YAML that parses to the same value; only double quotes can spell what hides. */
async function printableYaml(result: object): Promise<string> {
  const {Document, visit} = await import('yaml')
  const document = new Document(result, {aliasDuplicateObjects: false})
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && mustBeQuoted(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return withoutHidden(document.toString({lineWidth: 0}).replace(/\n$/, ''), yamlEscape)
}
