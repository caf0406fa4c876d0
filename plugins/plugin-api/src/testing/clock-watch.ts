/** Does something, and tells which of the clocks and dice of JavaScript it used meanwhile. */
export function clocksUsedBy(act: () => void): string[] {
  const used = new Set<string>()
  const watched = <Member extends string>(
    owner: Record<Member, unknown>,
    member: Member,
    name: string,
  ): (() => void) => {
    const original = Object.getOwnPropertyDescriptor(owner, member)
    const value = owner[member] as (...args: unknown[]) => unknown
    const tell = new Proxy(value, {
      apply: (target, self, args) => {
        used.add(name)
        return Reflect.apply(target, self, args)
      },
      construct: (target, args, self) => {
        if (args.length === 0) used.add(name)
        return Reflect.construct(target, args, self) as object
      },
    })
    Object.defineProperty(owner, member, {value: tell, configurable: true, writable: true})
    return () => {
      if (original) Object.defineProperty(owner, member, original)
      else Reflect.deleteProperty(owner, member)
    }
  }
  const ends = [
    watched(Date, 'now', 'Date.now'),
    watched(globalThis, 'Date', 'Date'),
    watched(Math, 'random', 'Math.random'),
    watched(performance, 'now', 'performance.now'),
    watched(process, 'hrtime', 'process.hrtime'),
    watched(crypto, 'randomUUID', 'crypto.randomUUID'),
    watched(crypto, 'getRandomValues', 'crypto.getRandomValues'),
  ]
  try {
    act()
  } finally {
    for (const end of ends.toReversed()) end()
  }
  return [...used]
}
