import {randomInt} from 'node:crypto'

import {isQuick} from './counts.ts'

/** Everything that is left to chance follows from one number, so that a run can be repeated. */
export interface Chance {
  /** Goes into the title of a suite, and so into what is printed when it fails. */
  seed: number
  /** From 0 to `below` - 1. */
  number(below: number): number
  oneOf<Value>(values: readonly Value[]): Value
  shuffled<Value>(values: readonly Value[]): Value[]
}

/** The quick form is the same every time; the full form finds its own seed. `CODEX_PLANNER_SEED` sets it for both. */
const SEED = Number(process.env['CODEX_PLANNER_SEED'] ?? (isQuick ? 20_261_125 : randomInt(1, 2 ** 31)))

export function chance(seed = SEED): Chance {
  let state = seed >>> 0
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const number = (below: number) => Math.floor(next() * below)
  return {
    seed,
    number,
    oneOf(values) {
      const value = values[number(values.length)]
      if (value === undefined) throw new RangeError('There is nothing to choose from.')
      return value
    },
    shuffled: values =>
      values
        .map(value => ({value, place: next()}))
        .toSorted((one, other) => one.place - other.place)
        .map(({value}) => value),
  }
}
