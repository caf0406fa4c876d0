/** What an X server asks for; without one it may still let its own user in. */
export interface Cookie {
  name: string
  data: Buffer
}

interface Entry extends Cookie {
  family: number
  address: string
  display: string
}

const COOKIE = 'MIT-MAGIC-COOKIE-1'
/** Families of addresses, as Xauth numbers them. */
const LOCAL = 256
const WILD = 65_535

/** The cookie of a display: the one of this machine before one of anywhere. */
export function cookieOf(authority: Buffer, display: number, hostname: string): Cookie | undefined {
  const fitting = entries(authority).filter(
    entry => entry.name === COOKIE && (entry.display === '' || entry.display === String(display)),
  )
  const ours = fitting.find(({family, address}) => family === LOCAL && address === hostname)
  return ours ?? fitting.find(({family}) => family === WILD) ?? fitting[0]
}

/** A file that is cut short holds what came before the cut. */
function entries(authority: Buffer): Entry[] {
  const found: Entry[] = []
  let at = 0
  const number = (): number | undefined => {
    at += 2
    return at <= authority.length ? authority.readUInt16BE(at - 2) : undefined
  }
  const bytes = (): Buffer | undefined => {
    const length = number()
    if (length === undefined || at + length > authority.length) return undefined
    at += length
    return authority.subarray(at - length, at)
  }
  for (;;) {
    const family = number()
    const [address, display, name, data] = [bytes(), bytes(), bytes(), bytes()]
    if (family === undefined || !address || !display || !name || !data) return found
    found.push({family, address: String(address), display: String(display), name: String(name), data})
  }
}
