/** Milliseconds on a clock that nobody sets. The global `performance` says the same, and loads what measures a whole program. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
