/** One thing that was measured. */
export interface Figure {
  name: string
  /** A sentence without its full stop, with what was done and for how long. */
  title: string
  settings: Record<string, number>
  rows: Record<string, string | number>[]
  /** Whole sentences. */
  notes: string[]
}

export interface BenchOptions {
  /** All of it, and not the short form. */
  isFull: boolean
  /** For what is under way; it belongs on standard error. */
  say: (line: string) => void
}
