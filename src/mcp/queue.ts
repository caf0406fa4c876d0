/** Runs what it is given one after the other, in the order it came. */
export function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work)
    last = next.then(
      () => undefined,
      () => undefined,
    )
    return next
  }
}
