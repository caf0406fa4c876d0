import {Config} from '@oclif/core'
import {Ajv} from 'ajv'
import {expect} from 'chai'
import fc from 'fast-check'

import {builtJudges} from '../../src/mcp/built-judges.ts'
import {JUDGING} from '../../src/mcp/input.ts'
import {loadTools} from '../../src/mcp/server.ts'
import type {Property, Tool} from '../../src/mcp/tool.ts'
import {checkout} from '../commands/machine.ts'

describe('what the build has made of the schemas of tools', () => {
  let tools: Tool[]
  before(async () => {
    tools = await loadTools(await Config.load({root: checkout, userPlugins: false}))
  })
  const judges = builtJudges(checkout)

  it('is there for every tool of the program, and for nothing else', () => {
    expect(Object.keys(judges).toSorted()).to.deep.equal(tools.map(({name}) => name).toSorted())
    expect(tools.every(({Command}) => Command.plugin?.isRoot)).to.equal(true)
  })

  it('says of any input what Ajv says of it, and finds the same fault', () => {
    const ajv = new Ajv(JUDGING)
    const said = {yes: 0, no: 0}
    for (const tool of tools) {
      const [built, made] = [judges[tool.name], ajv.compile(tool.listing.inputSchema)]
      const isSame = (input: unknown) => {
        const verdict = built?.(input)
        expect(verdict).to.equal(made(input))
        said[verdict ? 'yes' : 'no'] += 1
        const faults = [built, made].map(judge =>
          judge?.errors?.map(({instancePath, keyword, params}) => ({instancePath, keyword, params})),
        )
        expect(faults[0]).to.deep.equal(faults[1])
      }
      fc.assert(fc.property(inputs(tool), isSame), {numRuns: 100})
    }
    // Both kinds came up often, or the comparison says little.
    expect(Math.min(said.yes, said.no)).to.be.greaterThan(100)
  })
})

/** Each argument is left out, right, at an edge of what is right, or something else. */
function inputs({listing: {inputSchema}}: Tool): fc.Arbitrary<unknown> {
  const {properties, required = []} = inputSchema
  const right = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, valueOf(property)]))
  const any = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      fc.oneof(valueOf(property), edgeOf(property), fc.jsonValue()),
    ]),
  )
  return fc.oneof(
    fc.record(right, {requiredKeys: required}),
    fc.record(any, {requiredKeys: []}),
    fc.record({...right, [`${Object.keys(properties)[0]}_`]: fc.boolean()}, {requiredKeys: required}),
    fc.jsonValue(),
  )
}

function valueOf({type, enum: values, items, minimum, maximum, maxItems}: Property): fc.Arbitrary<unknown> {
  if (values) return fc.constantFrom(...values)
  if (type === 'array' && items) return fc.array(valueOf(items), {maxLength: Math.min(maxItems ?? 5, 5)})
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer({min: minimum, max: maximum})
  return fc.string({unit: 'binary', maxLength: 20})
}

function edgeOf({type, items, minimum = 0, maximum = 0, maxLength = 0, maxItems = 0}: Property): fc.Arbitrary<unknown> {
  if (type === 'array')
    return fc.constantFrom(...[maxItems, maxItems + 1].map(count => Array(count).fill(items?.enum?.[0] ?? 'x')))
  if (type === 'integer') return fc.constantFrom(minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1)
  if (type === 'string')
    return fc.constantFrom(...['x', '😀'].flatMap(text => [text.repeat(maxLength), text.repeat(maxLength + 1)]))
  return fc.constantFrom('true', 1, null)
}
