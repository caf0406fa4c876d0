import stringWidth from 'string-width'

/**
 * The most columns that a terminal gives this text. Where an emoji is made of several, some draw one and others its parts side by side, tmux
 * among them; whoever has to fit a line must count on the parts.
 */
export function columnsAtMost(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const {segment} of new Intl.Segmenter().segment(text)) {
    const parts = Array.from(segment).reduce((sum, character) => sum + stringWidth(character), 0)
    columns += Math.max(stringWidth(segment), parts)
  }
  return columns
}

/** As many of its first characters as fit, and `…` where any is missing; filled up with blanks. */
export function fitted(text: string, width: number): string {
  const own = columnsAtMost(text)
  if (own <= width) return text + ' '.repeat(width - own)
  let kept = ''
  let used = 0
  for (const {segment} of new Intl.Segmenter().segment(text)) {
    const next = columnsAtMost(segment)
    if (used + next > width - 1) break
    kept += segment
    used += next
  }
  return `${kept}…${' '.repeat(Math.max(0, width - used - 1))}`
}
