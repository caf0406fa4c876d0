import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {parseArgs} from 'node:util'

import {table} from '../src/table.ts'
import {markdownTable, titleOf, withFigure} from './document.ts'
import type {BenchOptions, Figure, Row} from './figure.ts'
import {idle} from './idle.ts'
import {install} from './installed.ts'
import {described, machine} from './machine.ts'
import {installPeers, peers} from './peers.ts'
import {sessions} from './sessions.ts'
import {size} from './size.ts'
import {spawns} from './spawns.ts'
import {startup} from './startup.ts'
import {tasks} from './tasks.ts'
import {closeAll, throwAway} from './throw-away.ts'
import {tools} from './tools.ts'
import {waking} from './waking.ts'
import {writers} from './writers.ts'

// Measures what the program costs, and prints it. Each figure is one entry here; all of what it tells is measured in this run.
const FIGURES = new Map(Object.entries({startup, tasks, tools, writers, spawns, sessions, size, peers, idle, waking}))

const {values, positionals} = parseArgs({
  options: {
    full: {type: 'boolean', default: false},
    rounds: {type: 'string'},
    docs: {type: 'boolean', default: false},
  },
  allowPositionals: true,
})
const chosen = positionals.length > 0 ? positionals : [...FIGURES.keys()]
const unknown = chosen.filter(name => !FIGURES.has(name))
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (unknown.length > 0) fail(`${unknown.join(' and ')} is not measured. There is: ${[...FIGURES.keys()].join(', ')}.`)
if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) fail('--rounds takes a whole number above 0.')

const say = (line: string) => console.error(line)
const options: BenchOptions = {
  isFull: values.full,
  rounds,
  installed: once('Installing the package in a throw-away folder.', install),
  peers: once('Installing what it is compared with.', () => installPeers(say)),
  say,
}

const at = new Date().toISOString()
const results = path.join(import.meta.dirname, 'results', `${at.replaceAll(':', '-')}.json`)
const document = path.resolve(import.meta.dirname, '../docs/performance.md')
const before = machine()
const figures: Figure[] = []
let breakingOff: Promise<void> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, breakOff)
try {
  for (const name of chosen) {
    const figure = await FIGURES.get(name)?.(options)
    if (figure) figures.push(figure)
    if (figure) tell(figure)
  }
} finally {
  await (breakingOff ?? closeAll())
}
console.log(`\nOn ${described(at, before, machine())}.`)
console.log(`Written to ${path.relative(process.cwd(), results)}`)

/** What is measured right then fails, as what it runs on is taken away. */
function breakOff(): void {
  breakingOff ??= closeAll().finally(() => process.exit(130))
}

/** At once, so that a run that is broken off has told what it measured. */
function tell(figure: Figure): void {
  console.log(`\n${figure.title}`)
  console.log(table(figure.rows, columnsOf(figure), Infinity))
  for (const note of figure.notes) console.log(note)
  mkdirSync(path.dirname(results), {recursive: true})
  const load = {load_average_1_after: machine().load_average_1}
  writeFileSync(results, `${JSON.stringify({at, machine: {...before, ...load}, figures}, null, 2)}\n`)
  if (values.docs) writeDocument(figure)
}

function writeDocument(figure: Figure): void {
  const where = `On ${described(at, before, machine())}${values.full ? '' : ', the short form'}:`
  const text = [where, markdownTable(figure), ...figure.notes].join('\n\n')
  writeFileSync(document, withFigure(readFileSync(document, 'utf8'), figure.name, text))
  if (figure.plot !== undefined) writeFileSync(document.replace(/\.md$/, '.svg'), figure.plot)
}

function columnsOf({rows}: Figure) {
  return Object.keys(rows[0] ?? {}).map(key => ({
    title: titleOf(key).toUpperCase(),
    value: (row: Row) => String(row[key]),
  }))
}

/** Made when it is first asked for, and taken away at the end. */
function once<Thing extends {close(): Promise<void>}>(line: string, make: () => Promise<Thing>): () => Promise<Thing> {
  let made: Promise<Thing> | undefined
  const begin = async () => {
    say(line)
    return throwAway(await make())
  }
  return () => (made ??= begin())
}

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}
