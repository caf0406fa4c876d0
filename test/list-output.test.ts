import {expect} from 'chai'
import fc from 'fast-check'
import {parse} from 'yaml'

import {printableLines} from '../src/domain/text.ts'
import {type Format, listOutput} from '../src/list-output.ts'
import {character} from './domain/examples.ts'

const output = (format: Format, result: object) => listOutput(format, result, [], {columns: [], none: 'None.'})

const NEXT_LINE = character(0x85)
const TURNED = character(0x202e)
const TAG = character(0xe0041)
const PROGRAMMER = `👨${character(0x200d)}💻`

describe('a list as YAML', () => {
  it('spells in double quotes what hides, and nothing else (A-079)', async () => {
    const tasks = [{title: `a${NEXT_LINE}${TURNED}${TAG}`, description: 'Two\nlines', owner: 'me'}]
    expect(await output('yaml', {tasks})).to.equal(
      [
        'tasks:',
        '  - title: "a\\u0085\\u202e\\U000e0041"',
        '    description: |-',
        '      Two',
        '      lines',
        '    owner: me',
      ].join('\n'),
    )
  })

  it('shows twice what stands there twice', async () => {
    const same = {a: 1}
    expect(await output('yaml', {one: same, other: same})).to.equal('one:\n  a: 1\nother:\n  a: 1')
  })
})

describe('a list as text for programs', () => {
  const read = {yaml: (text: string): unknown => parse(text), json: (text: string): unknown => JSON.parse(text)}
  const odd = fc.string({
    unit: fc.constantFrom(NEXT_LINE, TURNED, TAG, PROGRAMMER, '\r', '\n', '\t', ' ', 'a', '"', '\\', '#', ': '),
  })
  const value = fc.oneof(fc.string({unit: 'grapheme'}), odd)

  for (const format of ['yaml', 'json'] as const) {
    it(`parses to the same values as ${format}, and has nothing that hides (A-079)`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), value)), async entries => {
          const text = await output(format, {entries, next_cursor: null})
          expect(read[format](`${text}\n`)).to.deep.equal({entries, next_cursor: null})
          expect(printableLines(text)).to.equal(text)
        }),
      )
    })
  }
})
