/** Does the work for each, at most `limit` at once, and answers in their order. Ones that are under way when one throws come to their end. */
export async function atOnce<Item, Result>(
  limit: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  let isOver = false
  const goOn = async () => {
    for (const [index, item] of waiting) {
      if (isOver) return
      try {
        results[index] = await work(item)
      } catch (error) {
        isOver = true
        throw error
      }
    }
  }
  const settled = await Promise.allSettled(Array.from({length: limit}, goOn))
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  return results
}
