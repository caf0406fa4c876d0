/** The most similar of some known words (the fewest letters to change). */
export function nearest(word: string, known: readonly string[]): string {
  const distances = known.map(other => [distance(word.toLowerCase(), other.toLowerCase()), other] as const)
  return distances.reduce((best, next) => (next[0] < best[0] ? next : best))[1]
}

/** The command that comes nearest to what was typed, and whether it is near enough to be what was meant. */
export interface Meant {
  command: string
  isNear: boolean
}

/** What an unused word costs, in letters: more than a slip, less than a command of another name. */
const UNUSED_WORD = 3

/** Words may be separated by blanks, hyphens or the like, turned round, or only begun; what follows them may be arguments. */
export function meantCommand(typed: string, known: readonly string[]): Meant {
  const words = typed
    .trim()
    .toLowerCase()
    .slice(0, 64)
    .split(/[\s:_]+/)
  const tries = known.flatMap(command =>
    words.map((_, index) => {
      const part = words.slice(0, index + 1).join('-')
      const letters = unlikeness(part, command.replaceAll(' ', '-'))
      const cost = letters + UNUSED_WORD * (words.length - index - 1)
      return {command, cost, isNear: letters <= Math.max(1, Math.floor(part.length / 3))}
    }),
  )
  const {command, isNear} = tries.reduce((best, next) => (next.cost < best.cost ? next : best))
  return {command, isNear}
}

/** In letters; names that are only begun or turned round are as near as a slip. */
function unlikeness(typed: string, command: string): number {
  const turned = (text: string) => text.split('-').toSorted().join('-')
  if (typed === command) return 0
  if (turned(typed) === turned(command) || (typed.length > 2 && command.startsWith(typed))) return 1
  return distance(typed, command)
}

function distance(one: string, other: string): number {
  let row = Array.from({length: other.length + 1}, (_, index) => index)
  for (const [index, letter] of Array.from(one.slice(0, 64)).entries()) {
    const next = [index + 1]
    for (let column = 1; column <= other.length; column += 1) {
      const replace = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
