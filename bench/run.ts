import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {parseArgs} from 'node:util'

import {table} from '../src/table.ts'
import type {BenchOptions, Figure, Row} from './figure.ts'
import {idle} from './idle.ts'
import {type Installed, install} from './installed.ts'
import {machine} from './machine.ts'
import {startup} from './startup.ts'
import {waking} from './waking.ts'

// Measures what the program costs, and prints it. Each figure is one entry here; all of what it tells is measured in this run.
const FIGURES = new Map(Object.entries({startup, idle, waking}))

const {values, positionals} = parseArgs({
  options: {full: {type: 'boolean', default: false}, rounds: {type: 'string'}},
  allowPositionals: true,
})
const chosen = positionals.length > 0 ? positionals : [...FIGURES.keys()]
const unknown = chosen.filter(name => !FIGURES.has(name))
if (unknown.length > 0) {
  console.error(`${unknown.join(' and ')} is not measured. There is: ${[...FIGURES.keys()].join(', ')}.`)
  process.exit(2)
}

const say = (line: string) => console.error(line)
let installing: Promise<Installed> | undefined
const installed = () => {
  if (!installing) say('Installing the package in a throw-away folder.')
  return (installing ??= install())
}
const options: BenchOptions = {
  isFull: values.full,
  rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  installed,
  say,
}

const at = new Date().toISOString()
const begun = machine()
const figures: Figure[] = []
try {
  for (const name of chosen) figures.push(await measure(name))
} finally {
  await (await installing)?.close()
}

const folder = path.join(import.meta.dirname, 'results')
mkdirSync(folder, {recursive: true})
const file = path.join(folder, `${at.replaceAll(':', '-')}.json`)
const load_average_1 = {begin: begun.load_average_1, end: machine().load_average_1}
writeFileSync(file, `${JSON.stringify({at, machine: {...begun, load_average_1}, figures}, null, 2)}\n`)
console.log(
  `\nLoad average over one minute: ${load_average_1.begin} at the beginning, ${load_average_1.end} at the end.`,
)
console.log(`Written to ${path.relative(process.cwd(), file)}`)

async function measure(name: string): Promise<Figure> {
  const figure = await FIGURES.get(name)?.(options)
  if (!figure) throw new TypeError(`${name} is no figure.`)
  console.log(`\n${figure.title}`)
  console.log(table(figure.rows, columnsOf(figure), Infinity))
  for (const note of figure.notes) console.log(note)
  return figure
}

function columnsOf({rows}: Figure) {
  return Object.keys(rows[0] ?? {}).map(key => ({
    title: key.toUpperCase().replaceAll('_', ' '),
    value: (row: Row) => String(row[key]),
  }))
}
