import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {parseArgs} from 'node:util'

import {table} from '../src/table.ts'
import type {Figure} from './figure.ts'
import {idle} from './idle.ts'
import {machine} from './machine.ts'
import {waking} from './waking.ts'

// Measures what the program costs, and prints it. Each figure is one entry here; all of what it tells is measured in this run.
const FIGURES = new Map(Object.entries({idle, waking}))

const {values, positionals} = parseArgs({options: {full: {type: 'boolean', default: false}}, allowPositionals: true})
const chosen = positionals.length > 0 ? positionals : [...FIGURES.keys()]

const figures: Figure[] = []
for (const name of chosen) {
  const measure = FIGURES.get(name)
  if (!measure) throw new Error(`${name} is not measured; there is ${[...FIGURES.keys()].join(' and ')}.`)
  const figure = await measure({isFull: values.full, say: line => console.error(line)})
  figures.push(figure)
  console.log(`\n${figure.title}`)
  console.log(table(figure.rows, columnsOf(figure), Infinity))
  for (const note of figure.notes) console.log(note)
}

const folder = path.join(import.meta.dirname, 'results')
const at = new Date().toISOString()
mkdirSync(folder, {recursive: true})
const file = path.join(folder, `${at.replaceAll(':', '-')}.json`)
writeFileSync(file, `${JSON.stringify({at, machine: machine(), figures}, null, 2)}\n`)
console.log(`\nWritten to ${path.relative(process.cwd(), file)}`)

function columnsOf({rows}: Figure) {
  return Object.keys(rows[0] ?? {}).map(key => ({
    title: key.toUpperCase().replaceAll('_', ' '),
    value: (row: Figure['rows'][number]) => String(row[key]),
  }))
}
