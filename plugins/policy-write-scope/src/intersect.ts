import {alternatives} from './alternatives.ts'
import {isRun, isSlash, type Token, tokens} from './tokens.ts'

/**
 * Whether there may be a path that both scopes cover. A scope is a path or a pattern with `*`, `**`, `?`, `[…]` and `{a,b}`, and covers what
 * is below it too. A name with an extension is taken for a file, unless the other scope names something in it. Capitals count for nothing, as
 * on some disks. Where a pattern says more than is understood here, the answer is yes.
 */
export function intersect(one: string, other: string): boolean {
  const [mine, theirs] = [alternatives(one).map(read), alternatives(other).map(read)]
  return mine.some(mine => theirs.some(theirs => meet(mine, theirs)))
}

interface Pattern {
  tokens: Token[]
  isFile: boolean
}

function read(pattern: string): Pattern {
  return {tokens: tokens(pattern), isFile: /[^/]\.[A-Za-z][A-Za-z0-9]{0,4}$/.test(pattern)}
}

/** Whether some text fits both, where either may go on below. */
function meet({tokens: one, isFile}: Pattern, {tokens: other, isFile: otherIsFile}: Pattern): boolean {
  const failed = new Set<number>()
  const from = (i: number, j: number): boolean => {
    const place = i * (other.length + 1) + j
    if (failed.has(place)) return false
    const answer = meetAt(i, j)
    if (!answer) failed.add(place)
    return answer
  }
  const meetAt = (i: number, j: number): boolean => {
    const [mine, theirs] = [one[i], other[j]]
    if (mine === undefined) return mayEnd(other, j, isFile)
    if (theirs === undefined) return mayEnd(one, i, otherIsFile)
    if (isRun(mine)) return from(i + 1, j) || (takes(mine, theirs) && from(i, j + 1))
    if (isRun(theirs)) return from(i, j + 1) || (takes(theirs, mine) && from(i + 1, j))
    return isSame(mine, theirs) && from(i + 1, j + 1)
  }
  return from(0, 0)
}

/** The other pattern is at its end: what is left of this one is nothing, or lies below. */
function mayEnd(rest: readonly Token[], index: number, endIsFile: boolean): boolean {
  const next = rest[index]
  if (next === undefined || isSlash(next)) return true
  return (next === 'path' && !endIsFile) || (isRun(next) && mayEnd(rest, index + 1, endIsFile))
}

function takes(run: 'name' | 'path', token: Token): boolean {
  return run === 'path' || isRun(token) || !isSlash(token)
}

function isSame(one: Token, other: Token): boolean {
  if (typeof one === 'object' && typeof other === 'object')
    return one.letter.toLowerCase() === other.letter.toLowerCase()
  return !isSlash(one) && !isSlash(other)
}
