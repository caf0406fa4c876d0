/** One place of a pattern: a letter, one letter of a name, any part of a name, or any part of a path. */
export type Token = {letter: string} | 'one' | 'name' | 'path'

const PLACE = /\*\*+\/?|\*|\?|\[[^\]/]+\]|\\.|./gsu

/** More of them cost too much to compare; what comes behind is taken for anything. */
const MOST_RUNS = 16

/** What a pattern covers, or more where it says what is not understood here; nothing less. */
export function tokens(pattern: string): Token[] {
  if (pattern.startsWith('!') || /[@!+*?]\(/.test(pattern)) return ['path']
  const path = pattern
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/')
  if (path === '') return ['path']
  const found = Array.from(path.matchAll(PLACE), ([text]) => token(text))
  const runs = found.flatMap((token, index) => (isRun(token) ? [index] : []))
  const end = runs[MOST_RUNS]
  return end === undefined ? found : [...found.slice(0, end), 'path']
}

function token(text: string): Token {
  if (text.startsWith('**')) return 'path'
  // A name may well hold brackets itself.
  if (text === '*' || (text.startsWith('[') && text.length > 1)) return 'name'
  if (text === '?') return 'one'
  return {letter: text.startsWith('\\') && text.length > 1 ? text.slice(1) : text}
}

export function isRun(token: Token): token is 'name' | 'path' {
  return token === 'name' || token === 'path'
}

export function isSlash(token: Token): boolean {
  return typeof token === 'object' && token.letter === '/'
}
