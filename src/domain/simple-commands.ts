/** A word of a command line: its text without quotes, or null when a shell would put something of its own there. */
export interface ShellWord {
  text: string | null
  /** Where it begins in the line. */
  at: number
  /** Whether it has the form `NAME=…`. */
  assigns: boolean
}

/** One simple command of a line: its words, without what is redirected. */
export type SimpleCommand = ShellWord[]

const BLANK = /[ \t]/
/** What ends a word outside quotes. */
const ENDS_WORD = /[ \t\n;&|()<>]/
/** `$NAME`, `${NAME}`, `$1`, `$?`; other forms can hold anything. */
const VARIABLE = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|[\d?#@*!$-])/

/**
 * The simple commands that a shell would start for this line, in its order. It knows words, quotes, comments, redirections, here-documents
 * and what stands between commands; what the shell itself puts in is passed over. At the first thing beyond that, such as a function or the
 * patterns of a `case`, it ends: what comes after it is not told, and nothing is guessed.
 */
export function simpleCommands(line: string): SimpleCommand[] {
  const commands: SimpleCommand[] = []
  const documents: Document[] = []
  let words: SimpleCommand = []
  let open = 0
  let at = 0
  const finish = () => {
    if (words.length > 0) commands.push(words)
    words = []
  }
  while (at < line.length) {
    const character = line.charAt(at)
    if (line.startsWith('\\\n', at)) at += 2
    else if (BLANK.test(character)) at += 1
    else if (character === '#') at = endOfLine(line, at)
    else if (character === '\n') {
      finish()
      at = documents.splice(0).reduce((from, document) => afterDocument(line, from, document), at + 1)
    } else if (/^(?:\d*[<>]|&>)/.test(line.slice(at, at + 12))) {
      const redirection = readRedirection(line, at)
      if (!redirection) return commands
      if (redirection.document) documents.push(redirection.document)
      at = redirection.end
    } else if (/[;&|()]/.test(character)) {
      if (character === '(' && (words.length > 0 || line.startsWith('((', at))) return commands
      if (character === '(') open += 1
      // Without its beginning it ends a pattern of a `case`.
      if (character === ')' && open-- === 0) return commands
      finish()
      at += 1
    } else {
      const word = readWord(line, at)
      if (!word) return commands
      if (line.slice(at, word.end) === '[[') {
        // What stands between is no command.
        const end = line.indexOf(']]', word.end)
        if (end < 0) return commands
        word.end = end + 2
      }
      words.push({text: word.text, at, assigns: /^[A-Za-z_]\w*\+?=/.test(line.slice(at, word.end))})
      at = word.end
    }
  }
  finish()
  return commands
}

/** A word from here on; undefined when it does not end, or holds what is not known here. */
function readWord(line: string, from: number): {text: string | null; end: number} | undefined {
  let text: string | null = ''
  let at = from
  const add = (more: string | null, end: number) => {
    text = text === null || more === null ? null : text + more
    at = end
  }
  while (at < line.length && !ENDS_WORD.test(line.charAt(at))) {
    const character = line.charAt(at)
    if (character === '\\') add(line.charAt(at + 1) === '\n' ? '' : line.charAt(at + 1), at + 2)
    else if (character === "'" || character === '"') {
      const end = character === "'" ? line.indexOf("'", at + 1) : endOfDouble(line, at + 1)
      if (end === undefined || end < 0) return undefined
      const inside = line.slice(at + 1, end)
      add(character === "'" ? inside : doubleQuoted(inside), end + 1)
    } else if (character === '$' || character === '`') {
      const end = endOfExpansion(line, at)
      if (end === undefined) return undefined
      add(null, end)
    } else add(/[*?[]/.test(character) ? null : character, at + 1)
  }
  return {text, end: Math.min(at, line.length)}
}

function doubleQuoted(inside: string): string | null {
  if (/[$`]/.test(inside.replace(/\\[\s\S]/g, ''))) return null
  return inside.replace(/\\\n/g, '').replace(/\\([$`"\\])/g, '$1')
}

/** Where the quote stands that ends this text. */
function endOfDouble(line: string, from: number): number | undefined {
  let at = from
  while (at < line.length) {
    const character = line.charAt(at)
    if (character === '"') return at
    if (character === '\\') at += 2
    else if (character === '`' || /^\$[({]/.test(line.slice(at, at + 2))) {
      const end = endOfExpansion(line, at)
      if (end === undefined) return undefined
      at = end
    } else at += 1
  }
  return undefined
}

/** What comes after a variable or `$(…)`; undefined when it is another form, or one that is not simple. */
function endOfExpansion(line: string, from: number): number | undefined {
  if (!line.startsWith('$(', from)) {
    const variable = VARIABLE.exec(line.slice(from, from + 200))?.[0]
    return variable === undefined ? undefined : from + variable.length
  }
  let open = 0
  let at = from + 1
  while (at < line.length) {
    const character = line.charAt(at)
    if (character === '`' || character === '#' || line.startsWith('<<', at)) return undefined
    if (character === '(') open += 1
    if (character === ')') open -= 1
    if (open === 0) return at + 1
    if (character === "'" || character === '"') {
      const end = character === "'" ? line.indexOf("'", at + 1) : endOfDouble(line, at + 1)
      if (end === undefined || end < 0) return undefined
      at = end + 1
    } else at += character === '\\' ? 2 : 1
  }
  return undefined
}

/** A here-document that begins at the next line. */
interface Document {
  end: string
  /** Whether tabs before a line do not count. */
  tabs: boolean
}

/** Undefined when what it leads to is not a word. */
function readRedirection(line: string, from: number): {end: number; document?: Document} | undefined {
  const operator = /^(?:\d*(?:<<<|<<-|<<|<>|<&|<|>>|>\||>&|>)|&>>?)/.exec(line.slice(from, from + 12))?.[0]
  if (operator === undefined) return undefined
  let at = from + operator.length
  while (BLANK.test(line.charAt(at))) at += 1
  const word = readWord(line, at)
  if (!word || word.end === at) return undefined
  const document = /^\d*<<(-?)$/.exec(operator)
  if (!document) return {end: word.end}
  return word.text === null ? undefined : {end: word.end, document: {end: word.text, tabs: document[1] === '-'}}
}

function endOfLine(line: string, from: number): number {
  const end = line.indexOf('\n', from)
  return end < 0 ? line.length : end
}

/** Where the line after a here-document begins. */
function afterDocument(line: string, from: number, {end, tabs}: Document): number {
  let at = from
  while (at < line.length) {
    const stop = endOfLine(line, at)
    const text = line.slice(at, stop)
    at = stop + 1
    if ((tabs ? text.replace(/^\t+/, '') : text) === end) return at
  }
  return line.length
}
