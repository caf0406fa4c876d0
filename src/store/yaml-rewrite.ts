import {isDeepStrictEqual} from 'node:util'
import type {Document, Node, Pair, YAMLMap, YAMLSeq} from 'yaml'

import {blocksOf} from './yaml-blocks.ts'
import {type KnownEdit, renumbered, reprinted} from './yaml-known.ts'
import {type Library, mustBeQuoted, printEntries, printPair, strings} from './yaml-print.ts'

/** What becomes different in a file: numbers at its top, keys of entries of its list, entries at the list's end. */
export interface Edit {
  numbers: Record<string, number>
  list: string
  /** The key that tells an entry of the list from the others. */
  key: string
  /** What each entry is known to say, in their order. */
  known: readonly object[]
  changed: ReadonlyMap<number, Record<string, unknown>>
  added: readonly object[]
}

interface Splice {
  from: number
  to: number
  text: string
}

/**
 * The text with the edit in it. Only the lines that change are written anew, so that everything a person did stays as it
 * is. In the usual shape only the entries that change are read for it; a file in a shape where no lines can be replaced
 * is printed anew from its document, comments included.
 */
export async function rewrite(text: string, edit: Edit): Promise<string> {
  const yaml = await import('yaml')
  return rewrittenBlocks(yaml, text, edit) ?? rewrittenWhole(yaml, text, edit)
}

function rewrittenWhole(yaml: Library, text: string, edit: Edit): string {
  const document = yaml.parseDocument(text)
  const wanted = editedData(document.toJS(), edit)
  const spliced = splices(yaml, text, document, edit)
  const quick = spliced && applied(text, spliced)
  if (quick !== undefined && isDeepStrictEqual(read(yaml, quick), wanted)) return quick
  const printed = printedAnew(yaml, text, edit)
  if (isDeepStrictEqual(read(yaml, printed), wanted)) return printed
  throw new Error('A board file could not be written so that it reads back the same.')
}

/** Each part is read by itself, before and after: the parts cannot change what the others say. Undefined where the shape is another. */
function rewrittenBlocks(yaml: Library, text: string, edit: Edit): string | undefined {
  const parts = blocksOf(text, edit.list)
  if (!parts || parts.blocks.length !== edit.known.length) return undefined
  const head = renumbered(parts.head, edit.list, edit.numbers) ?? rewrittenHead(yaml, parts.head, edit)
  if (head === undefined) return undefined
  const blocks = [...parts.blocks]
  const last = blocks.length - 1
  for (const index of new Set([...edit.changed.keys(), ...(edit.added.length > 0 ? [last] : [])])) {
    const [text, known] = [blocks[index] ?? '', edit.known[index] ?? {}]
    const own = {key: edit.key, known, changed: edit.changed.get(index), added: index === last ? edit.added : []}
    const block = reprinted(yaml, text, own) ?? rewrittenBlock(yaml, text, own)
    if (block === undefined) return undefined
    blocks[index] = block
  }
  return head + blocks.join('')
}

function rewrittenHead(yaml: Library, text: string, {numbers}: Edit): string | undefined {
  const document = yaml.parseDocument(text)
  const data: unknown = document.toJS()
  if (document.errors.length > 0 || !isRecord(data)) return undefined
  // A new key would come behind the one of the list, and so into it.
  if (!Object.keys(numbers).every(key => Object.hasOwn(data, key))) return undefined
  return checked(yaml, text, yaml.isMap(document.contents) && pairSplices(yaml, text, document.contents, numbers), {
    ...data,
    ...numbers,
  })
}

interface BlockEdit extends KnownEdit {
  key: string
}

/** `text` is a list of one entry. */
function rewrittenBlock(yaml: Library, text: string, edit: BlockEdit): string | undefined {
  const list = yaml.parseDocument(text).contents
  const data: unknown = read(yaml, text)
  if (!yaml.isSeq(list) || list.flow || !Array.isArray(data) || data.length !== 1) return undefined
  const [item] = list.items
  const [entry]: unknown[] = data
  if (!yaml.isMap(item) || !isRecord(entry) || entry[edit.key] !== Reflect.get(edit.known, edit.key)) return undefined
  const how = item.flow ? flowSplices : pairSplices
  const changed = how(yaml, text, item, edit.changed ?? {})
  const wanted = [{...entry, ...edit.changed}, ...edit.added]
  return checked(yaml, text, changed && [...changed, ...appended(yaml, text, list, edit.added)], wanted)
}

/** The text with the splices in it, when it then says what it should. */
function checked(
  yaml: Library,
  text: string,
  splices: Splice[] | false | undefined,
  wanted: unknown,
): string | undefined {
  if (!splices) return undefined
  const changed = applied(text, splices)
  return isDeepStrictEqual(read(yaml, changed), wanted) ? changed : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(yaml: Library, text: string): unknown {
  const document = yaml.parseDocument(text, {logLevel: 'silent'})
  return document.errors.length > 0 ? undefined : document.toJS()
}

function editedData(data: Record<string, unknown>, edit: Edit): Record<string, unknown> {
  const old: unknown = data[edit.list]
  const entries: object[] = Array.isArray(old) ? old : []
  const changed = entries.map((entry, index) => ({...entry, ...edit.changed.get(index)}))
  const list = changed.length + edit.added.length > 0 ? {[edit.list]: [...changed, ...edit.added]} : {}
  return {...data, ...edit.numbers, ...list}
}

function applied(text: string, splices: Splice[]): string {
  const last = splices.toSorted((one, other) => other.from - one.from || other.to - one.to)
  return last.reduce((result, {from, to, text}) => result.slice(0, from) + text + result.slice(to), text)
}

/** Undefined when the file is not in the shape of one `key: value` or `- entry` a line. */
function splices(yaml: Library, text: string, document: Document.Parsed, edit: Edit): Splice[] | undefined {
  const top = document.contents
  if (!yaml.isMap(top) || top.flow) return undefined
  const numbers = pairSplices(yaml, text, top, edit.numbers)
  const entries = listSplices(yaml, text, top, edit)
  return numbers && entries && [...numbers, ...entries]
}

function listSplices(yaml: Library, text: string, top: YAMLMap, edit: Edit): Splice[] | undefined {
  const list = top.get(edit.list)
  if (!yaml.isSeq(list) || list.items.length === 0) {
    return edit.added.length === 0 ? [] : pairSplices(yaml, text, top, {[edit.list]: edit.added})
  }
  if (list.flow) return undefined
  const result: Splice[] = []
  for (const [index, changes] of edit.changed) {
    const item = list.items[index]
    const how = yaml.isMap(item) && item.flow ? flowSplices : pairSplices
    const changed = yaml.isMap(item) ? how(yaml, text, item, changes) : undefined
    if (!changed) return undefined
    result.push(...changed)
  }
  return [...result, ...appended(yaml, text, list, edit.added)]
}

/** New entries after the last one of a list, indented as the list is. */
function appended(yaml: Library, text: string, list: YAMLSeq, values: readonly unknown[]): Splice[] {
  if (values.length === 0 || !list.range) return []
  const indent = ' '.repeat(columnOf(text, list.range[0]))
  return [insertion(text, list.range[1], printEntries(yaml, values, indent))]
}

/** Whole lines, after the line that ends at `offset` or holds it. */
function insertion(text: string, offset: number, lines: string): Splice {
  const at = text[offset - 1] === '\n' ? offset : endOfLine(text, offset) + 1
  if (at <= text.length) return {from: at, to: at, text: `${lines}\n`}
  return {from: text.length, to: text.length, text: `\n${lines}\n`}
}

function pairSplices(
  yaml: Library,
  text: string,
  map: YAMLMap,
  changes: Record<string, unknown>,
): Splice[] | undefined {
  const first = map.items[0]?.key
  if (!yaml.isNode(first) || !first.range) return undefined
  const indent = ' '.repeat(columnOf(text, first.range[0]))
  const result: Splice[] = []
  const missing: string[] = []
  for (const [key, value] of Object.entries(changes)) {
    const pair = map.items.find(pair => yaml.isScalar(pair.key) && pair.key.value === key)
    if (!pair) missing.push(printPair(yaml, key, value, indent))
    const splices = pair ? pairSplice(yaml, text, pair, {key, value, indent}) : []
    if (!splices) return undefined
    result.push(...splices)
  }
  if (missing.length === 0) return result
  const last = map.items.at(-1)?.value
  if (!yaml.isNode(last) || !last.range) return undefined
  return [...result, insertion(text, last.range[1], missing.map(lines => `${indent}${lines}`).join('\n'))]
}

/** Values in an entry of the form `{key: value}`, and new keys at its end. */
function flowSplices(
  yaml: Library,
  text: string,
  map: YAMLMap,
  changes: Record<string, unknown>,
): Splice[] | undefined {
  const last = map.items.at(-1)?.value
  if (!yaml.isNode(last) || !last.range) return undefined
  const result: Splice[] = []
  const missing: string[] = []
  for (const [key, value] of Object.entries(changes)) {
    if (strings(value).some(mustBeQuoted)) return undefined
    const old = map.items.find(pair => yaml.isScalar(pair.key) && pair.key.value === key)?.value
    if (old === undefined) missing.push(`, ${key}: ${JSON.stringify(value)}`)
    else if (yaml.isNode(old) && old.range && isWritten(old, yaml))
      result.push({from: old.range[0], to: old.range[1], text: JSON.stringify(value)})
    else return undefined
  }
  const at = last.range[1]
  return missing.length === 0 ? result : [...result, {from: at, to: at, text: missing.join('')}]
}

function pairSplice(
  yaml: Library,
  text: string,
  pair: Pair,
  {key, value, indent}: {key: string; value: unknown; indent: string},
): Splice[] | undefined {
  const {key: name, value: old} = pair
  if (!yaml.isNode(name) || !yaml.isNode(old) || !name.range || !old.range) return undefined
  if (yaml.isSeq(old) && !old.flow && Array.isArray(value) && isLonger(value, old.toJSON())) {
    return appended(yaml, text, old, value.slice(old.items.length))
  }
  const [from, to] = [name.range[0], old.range[1]]
  const printed = printPair(yaml, key, value, indent)
  if (text[to - 1] === '\n') return [{from, to, text: `${printed}\n`}]
  const [head = '', ...rest] = printed.split('\n')
  if (rest.length === 0 && isWritten(old, yaml)) {
    return [{from: old.range[0], to, text: head.slice(key.length + 2)}]
  }
  if (text.slice(from, to).includes('\n')) return rest.length === 0 ? [{from, to, text: head}] : undefined
  const end = endOfLine(text, to)
  return [{from, to: end, text: [`${head}${text.slice(to, end)}`, ...rest].join('\n')}]
}

function isWritten(node: Node, yaml: Library): boolean {
  return !yaml.isScalar(node) || node.source !== ''
}

function isLonger(value: readonly unknown[], old: unknown): boolean {
  return Array.isArray(old) && value.length > old.length && isDeepStrictEqual(value.slice(0, old.length), old)
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end
}

function node(yaml: Library, document: Document, value: unknown): unknown {
  const made = document.createNode(value)
  yaml.visit(made, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && mustBeQuoted(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
    },
  })
  return made
}

function printedAnew(yaml: Library, text: string, edit: Edit): string {
  const document = yaml.parseDocument(text)
  for (const [key, value] of Object.entries(edit.numbers)) document.set(key, value)
  for (const [index, changes] of edit.changed) {
    for (const [key, value] of Object.entries(changes))
      document.setIn([edit.list, index, key], node(yaml, document, value))
  }
  if (edit.added.length > 0 && !yaml.isSeq(document.get(edit.list))) document.set(edit.list, document.createNode([]))
  for (const entry of edit.added) document.addIn([edit.list], node(yaml, document, entry))
  return document.toString({lineWidth: 0})
}
