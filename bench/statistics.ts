/** What a row of measurements comes to. */
export interface Spread {
  low: number
  median: number
  high: number
  runs: number
}

/** The value below which that share of all lies, between two where it falls between them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  if (below === undefined || above === undefined) throw new RangeError('Nothing was measured.')
  return below + (above - below) * (place - Math.floor(place))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The median, and between which two values the middle half lies. */
export function spread(values: readonly number[]): Spread {
  return {
    low: quantile(values, 0.25),
    median: median(values),
    high: quantile(values, 0.75),
    runs: values.length,
  }
}

/** Each round's time over the middle one of the same round's baseline: what the machine did else meanwhile was done to both. */
export function ratios(rounds: readonly {time: number; baseline: readonly number[]}[]): number[] {
  return rounds.map(({time, baseline}) => time / median(baseline))
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
