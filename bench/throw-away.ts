interface ThrowAway {
  close(): Promise<void>
}

const open = new Set<ThrowAway>()

/** Closed once: by whoever made it, or by `closeAll` when the run is broken off. */
export function throwAway<Thing extends ThrowAway>(thing: Thing): Thing {
  const close = thing.close.bind(thing)
  let closing: Promise<void> | undefined
  thing.close = () => (closing ??= close())
  open.add(thing)
  return thing
}

/** The newest first. */
export async function closeAll(): Promise<void> {
  for (const thing of [...open].toReversed()) await thing.close()
}
