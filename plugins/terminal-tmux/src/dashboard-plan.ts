export interface ShownWindow {
  index: number
  window: string
  /** Shown by another session too, so that it outlives being taken out here. */
  elsewhere: boolean
}

export interface DashboardPlan {
  /** Indexes to take out before anything is put in: second showings, and windows that stand in the wrong order. */
  takeOut: number[]
  /** `after` is undefined for the first place. */
  putIn: {window: string; after: string | undefined}[]
  /** Windows to take out at the end, when the session can no longer run empty and vanish. */
  takeOutLast: string[]
}

/** How a session that shows these windows comes to show those, in order. A window that is shown nowhere else stays. */
export function planDashboard(shown: readonly ShownWindow[], wanted: readonly string[]): DashboardPlan {
  const kept = new Set<string>()
  const plan: DashboardPlan = {takeOut: [], putIn: [], takeOutLast: []}
  let last = -1
  for (const {index, window, elsewhere} of shown.toSorted((a, b) => a.index - b.index)) {
    const place = wanted.indexOf(window)
    if (kept.has(window)) plan.takeOut.push(index)
    else if (place > last || (!elsewhere && place >= 0)) {
      kept.add(window)
      last = Math.max(last, place)
    } else if (place >= 0) plan.takeOut.push(index)
    else if (elsewhere) {
      kept.add(window)
      plan.takeOutLast.push(window)
    }
  }
  wanted.forEach((window, place) => {
    if (!kept.has(window)) plan.putIn.push({window, after: wanted[place - 1]})
  })
  return plan
}
