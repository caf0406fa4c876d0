// Holds test/reference.yaml to what it says: that every statement of the README of the Python tool 0.2.0 has its row, and that every row
// is proven by tests that are there.
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import * as v from 'valibot'
import {parse} from 'yaml'

const root = path.resolve(import.meta.dirname, '..')

const words = v.array(v.pipe(v.string(), v.nonEmpty()))
/** Lines of that README: `34`, `36-42`, `51, 155-159`. */
const lines = v.pipe(v.union([v.number(), v.string()]), v.transform(String), v.regex(/^\d+(-\d+)?(, \d+(-\d+)?)*$/))
const common = {
  id: v.pipe(v.string(), v.regex(/^R-\d{3}$/)),
  lines,
  says: v.pipe(v.string(), v.regex(/^[^]{10,}\.$/, 'is no sentence')),
}
const proof = v.array(v.record(v.string(), v.string()))
const rowSchema = v.variant('stands', [
  v.strictObject({...common, stands: v.literal('proven'), proof}),
  v.strictObject({...common, stands: v.literal('changed'), by: v.string(), proof}),
  v.strictObject({...common, stands: v.literal('impossible'), why: v.string()}),
])
const tableSchema = v.strictObject({
  length: v.number(),
  no_statement: lines,
  names: v.strictObject({
    commands: words,
    flags: words,
    configuration: words,
    environment: words,
    tools: words,
    output: words,
    files: words,
  }),
  commands_of_our_own: words,
  rows: v.array(rowSchema),
  still_without_proof: v.optional(v.array(rowSchema)),
})

const table = v.parse(tableSchema, parse(readFileSync(path.join(root, 'test', 'reference.yaml'), 'utf8')))
const waiting = table.still_without_proof ?? []
const rows = [...table.rows, ...waiting]

describe('what the earlier tool said of itself', () => {
  it('has a row with an id of its own for each statement', () => {
    const ids = rows.map(({id}) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).to.deep.equal([])
  })

  it('has every line in a row, or among those that state nothing, and never in both', () => {
    const stated = new Set(rows.flatMap(row => numbers(row.lines)))
    const silent = new Set(numbers(table.no_statement))
    const all = Array.from({length: table.length}, (_, index) => index + 1)
    expect(all.filter(line => stated.has(line) === silent.has(line))).to.deep.equal([])
    expect([...stated, ...silent].filter(line => line < 1 || line > table.length)).to.deep.equal([])
  })

  for (const [kind, names] of Object.entries(table.names)) {
    it(`has every name of its ${kind} in a row`, () => {
      expect(names.filter(name => !rows.some(({says}) => isIn(says, name)))).to.deep.equal([])
    })
  }

  it('is kept apart from the commands that are ours alone', () => {
    const {commands} = JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, {hidden?: boolean}>
    }
    const there = Object.entries(commands).flatMap(([id, {hidden}]) => (hidden ? [] : [id]))
    const {names, commands_of_our_own: ours} = table
    expect(there.filter(id => names.commands.includes(id) === ours.includes(id))).to.deep.equal([])
  })

  it('stands, or says where it is written what changed', () => {
    const wrong = rows.flatMap(row => (row.stands === 'changed' && !isWritten(row.by) ? [`${row.id}: ${row.by}`] : []))
    expect(wrong).to.deep.equal([])
  })

  it('is proven by tests that are there', () => {
    const wrong = rows.flatMap(row =>
      row.stands === 'impossible'
        ? []
        : row.proof.flatMap(one =>
            Object.entries(one).flatMap(([file, title]) =>
              titles(file).includes(title) ? [] : [`${row.id}: ${file}: ${title}`],
            ),
          ),
    )
    expect(wrong).to.deep.equal([])
  })

  it('has no row that is still without a proof', () => {
    const without = rows.filter(row => row.stands !== 'impossible' && row.proof.length === 0)
    expect(without.map(({id}) => id)).to.deep.equal([])
    expect(waiting.map(({id}) => id)).to.deep.equal([])
  })
})

describe('the title of a test', () => {
  it('is read as it is written, with … for what differs from one row of a table to the next', () => {
    const text =
      "it('one')\n  it.skip(`two ${what} and ${x.y()} (${id})`, () => 1)\ndescribe(\"it's three\", f)\nit(name, f)\n"
    expect(titlesIn(text)).to.deep.equal(['one', 'two … and … (…)', "it's three"])
    expect(titlesIn("it('it\\'s \\`four\\`')")).to.deep.equal(["it's `four`"])
  })
})

function numbers(text: string): number[] {
  return text.split(', ').flatMap(part => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({length: last - first + 1}, (_, index) => first + index)
  })
}

/** As a word of its own, or several. */
function isIn(text: string, name: string): boolean {
  const quoted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`(?<![\\w./~$-])${quoted}(?![\\w/-])`).test(text)
}

/** `FILE`, or `FILE#HEADING` with the heading as it stands there. */
function isWritten(place: string): boolean {
  const [file = '', heading] = place.split('#')
  if (!existsSync(path.join(root, file))) return false
  return heading === undefined || new RegExp(`^#+ ${heading}$`, 'm').test(readFileSync(path.join(root, file), 'utf8'))
}

const known = new Map<string, string[]>()

function titles(file: string): string[] {
  const found =
    known.get(file) ?? (existsSync(path.join(root, file)) ? titlesIn(readFileSync(path.join(root, file), 'utf8')) : [])
  known.set(file, found)
  return found
}

function titlesIn(text: string): string[] {
  const calls = text.matchAll(
    /\b(?:it|describe)(?:\.\w+)?\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g,
  )
  return [...calls].map(([, single, double, template]) =>
    (single ?? double ?? withoutValues(template ?? '')).replaceAll(/\\(.)/g, '$1'),
  )
}

/** A value may hold braces of its own, one level of them. */
function withoutValues(template: string): string {
  return template.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')
}
