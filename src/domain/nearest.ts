/** The most similar of some known words (the fewest letters to change). */
export function nearest(word: string, known: readonly string[]): string {
  const distances = known.map(other => [distance(word.toLowerCase().slice(0, 64), other.toLowerCase()), other] as const)
  return distances.reduce((best, next) => (next[0] < best[0] ? next : best))[1]
}

function distance(one: string, other: string): number {
  let row = Array.from({length: other.length + 1}, (_, index) => index)
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1]
    for (let column = 1; column <= other.length; column += 1) {
      const replace = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
