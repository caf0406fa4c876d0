import type {Document, Node, YAMLError} from 'yaml'

/** What is wrong in a text, and where: the first character of it. */
export interface Problem {
  what: string
  offset: number | undefined
}

export type ParsedYaml = {document: Document.Parsed; problem: undefined} | {problem: Problem}

/** Plain YAML 1.2 only: no aliases, no tags, no key twice; what the parser merely warns of is refused too. */
export async function parseYaml(text: string): Promise<ParsedYaml> {
  const early = conflictMarker(text)
  if (early) return {problem: early}
  const yaml = await import('yaml')
  const document = yaml.parseDocument(text, {
    version: '1.2',
    merge: false,
    uniqueKeys: true,
    prettyErrors: false,
  })
  const [error] = [...document.errors, ...document.warnings]
  if (error) return {problem: {what: plainWords(error), offset: error.pos[0]}}
  const {contents} = document
  if (contents === null || (yaml.isScalar(contents) && contents.value === null)) {
    return {problem: {what: 'the file is empty', offset: undefined}}
  }
  if (!yaml.isMap(contents)) {
    const what = `the file is a ${yaml.isSeq(contents) ? 'list' : 'text'}; keys and values belong at its top`
    return {problem: {what, offset: contents.range[0]}}
  }
  const odd = /[&*!]/.test(text) ? oddNode(document, yaml) : undefined
  return odd ? {problem: odd} : {document, problem: undefined}
}

/** ` line 3, column 5`, to go behind the name of the file; empty when the place is not known. */
export function placeIn(text: string, offset: number | undefined): string {
  if (offset === undefined) return ''
  const line = text.slice(0, offset).split('\n').length
  return ` line ${line}, column ${offset - text.lastIndexOf('\n', offset - 1)}`
}

function conflictMarker(text: string): Problem | undefined {
  const found = /^(?:<{7}|={7}|>{7})(?: .*)?$/m.exec(text)
  return found ? {what: 'a merge conflict was left in the file', offset: found.index} : undefined
}

function oddNode(document: Document.Parsed, yaml: typeof import('yaml')): Problem | undefined {
  let problem: Problem | undefined
  const refuse = (node: Node, what: string): symbol => {
    problem = {what, offset: node.range?.[0]}
    return yaml.visit.BREAK
  }
  yaml.visit(document, {
    Alias: (_, node) => refuse(node, 'aliases (*name) are not used here; write the text out'),
    Value: (_, node) => {
      if (node.anchor !== undefined) return refuse(node, 'anchors (&name) are not used here')
      return node.tag === undefined ? undefined : refuse(node, 'tags (!name) are not used here')
    },
  })
  return problem
}

const PLAIN_WORDS: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'aliases (*name) are not used here; write the text out',
  BAD_DQ_ESCAPE: 'a \\ in double quotes is followed by a letter that means nothing there; write \\\\',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a text that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a text that holds ": " needs quotes',
  DUPLICATE_KEY: 'this key stands twice in the same entry',
  MISSING_CHAR: 'a quote, bracket or colon is missing before this place',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing before this place',
  MULTIPLE_DOCS: 'a second document (---) begins here; the file is one',
  RESOURCE_EXHAUSTION: 'the entries are nested too deeply',
  TAB_AS_INDENT: 'a tab is used to indent; YAML wants spaces',
  TAG_RESOLVE_FAILED: 'tags (!name) are not used here',
  UNEXPECTED_TOKEN: 'this does not belong here',
}

function plainWords(error: YAMLError): string {
  return PLAIN_WORDS[error.code] ?? `this is not YAML (${error.message})`
}

/** Where the value at a path begins, or its key; of a missing one, where the entry that lacks it begins. */
export async function offsetOf(
  document: Document.Parsed,
  path: readonly unknown[],
  of: 'key' | 'value',
): Promise<number | undefined> {
  const {isMap, isNode, isScalar, isSeq} = await import('yaml')
  let node: unknown = document.contents
  let offset = document.contents?.range[0]
  for (const [index, step] of path.entries()) {
    const pair = isMap(node)
      ? node.items.find(pair => isScalar(pair.key) && String(pair.key.value) === step)
      : undefined
    if (isMap(node) && !pair) return offset
    const key = isNode(pair?.key) ? pair.key : undefined
    if (of === 'key' && index === path.length - 1 && key?.range) return key.range[0]
    node = isSeq(node) && typeof step === 'number' ? node.items[step] : pair?.value
    const range = isNode(node) ? (node.range ?? key?.range) : key?.range
    if (!range) return offset
    offset = range[0]
  }
  return offset
}
