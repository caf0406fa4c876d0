// The SDK of the protocol makes some hundred and fifty schemas when it is loaded, of which a tool server uses ten: half the time of its start.
import {readFileSync} from 'node:fs'

const FILES = /[\\/]@modelcontextprotocol[\\/]sdk[\\/]dist[\\/]esm[\\/].*\.js$/
const TYPES = /[\\/]esm[\\/]types\.js$/
const SCHEMA = /^(export )?const (\w+Schema) = ((?:z\s*\.|\w+Schema\b)[\s\S]*?);$(?=\n[^\s})\]])/gm
const ANY_SCHEMA = /^(?:export )?const \w+Schema = /gm

/** A plugin of esbuild: each schema of the SDK is made when it is used for the first time. What the SDK exports by its name is a function then. */
export function lateSchemas(types) {
  const text = readFileSync(types, 'utf8')
  const names = [...text.matchAll(SCHEMA)].map(([, , name]) => name)
  const all = text.match(ANY_SCHEMA)?.length ?? 0
  if (names.length !== all || all === 0)
    throw new Error(`The SDK is not as expected: of ${all} schemas ${names.length} can be made late.`)
  // By itself or spread, but no property.
  const isSchema = new RegExp(String.raw`(?<![\w$])(?<!(?<!\.\.)\.)(?:${names.join('|')})(?![\w$])`, 'g')
  const asking = text => text.replace(isSchema, name => `${name}()`)
  return {
    name: 'late-schemas',
    setup({onLoad}) {
      onLoad({filter: FILES}, ({path: file}) => {
        const text = readFileSync(file, 'utf8')
        return {contents: TYPES.test(file) ? withLateSchemas(text, asking) : askingLate(text, asking)}
      })
    },
  }
}

/** The file that makes them. */
function withLateSchemas(text, asking) {
  const late = 'function late(make) { let made; return () => (made ??= make()) }'
  const made = ([, exported = '', name, value]) =>
    `${exported}const ${name} = /* @__PURE__ */ late(() => ${asking(value)});`
  return `${inParts(text, SCHEMA, made, asking)}\n${late}\n`
}

const IMPORT = /^(?:import|export) \{[^}]*\} from '[^']+';$/gm

/** A file that uses some. */
function askingLate(text, asking) {
  return inParts(text, IMPORT, ([statement]) => statement, asking)
}

/** A text of which what matches becomes one thing, and what stands between another. */
function inParts(text, pattern, ofMatch, ofRest) {
  let end = 0
  const parts = [...text.matchAll(pattern)].map(match => {
    const before = text.slice(end, match.index)
    end = match.index + match[0].length
    return ofRest(before) + ofMatch(match)
  })
  return parts.join('') + ofRest(text.slice(end))
}
