// Makes the functions that hold the input of the program's own tools against their schemas: having Ajv write one takes longer than all else of a
// tool's first call.
import {createRequire} from 'node:module'
import {Ajv} from 'ajv'
import {build} from 'esbuild'

const standaloneCode = createRequire(import.meta.url)('ajv/dist/standalone').default

/** One file, as text: of each tool its function, by its name. `options` are what a tool server hands to Ajv. */
export async function judges(root, tools, options) {
  const ajv = new Ajv({...options, code: {source: true}})
  for (const {name, listing} of tools) ajv.addSchema(withoutWords(listing.inputSchema), name)
  const names = Object.fromEntries(tools.map(({name}) => [name, name]))
  const {outputFiles} = await build({
    absWorkingDir: root,
    stdin: {contents: standaloneCode(ajv, names), resolveDir: root},
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node22.13',
    logLevel: 'warning',
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    outdir: 'dist/bundle/late',
    entryNames: 'judges',
    outExtension: {'.js': '.cjs'},
  })
  return outputFiles
}

/** What is for readers decides nothing. */
function withoutWords(schema) {
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (WORDS.has(key) && typeof value !== 'object' ? undefined : value)),
  )
}

const WORDS = new Set(['description', 'default', 'deprecated'])
