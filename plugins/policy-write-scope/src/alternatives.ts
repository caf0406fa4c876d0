/** More of them are not told apart. */
const MOST = 256

/** Every pattern that braces stand for. Where they are too many it is one that covers them all. */
export function alternatives(pattern: string): string[] {
  const found = [pattern.replaceAll(/\{[^{},]*\.\.[^{},]*\}/g, '*')]
  for (let at = 0; at < found.length; ) {
    const text = found[at] ?? ''
    const braces = /\{([^{}]*,[^{}]*)\}/.exec(text)
    if (!braces) {
      at += 1
      continue
    }
    const [whole, inside = ''] = braces
    const each = inside.split(',').map(choice => text.replace(whole, () => choice))
    found.splice(at, 1, ...each)
    if (found.length > MOST) return [`${pattern.split('{')[0]}**`]
  }
  return found
}
