import {randomInt} from 'node:crypto'

import {chance} from '../test/faults/chance.ts'
import {median, ratios, rounded, type Spread, spread} from './statistics.ts'
import {startToEnd} from './timing.ts'

/** One thing that is done again and again. */
export interface Case {
  name: string
  /** Before each time, and not part of it. */
  prepare?(): Promise<void>
  /** In milliseconds. */
  time(): Promise<number>
}

export interface Measured {
  /** To `node -e 0` in the same round. */
  ratio: Spread
  milliseconds: Spread
}

export const BASELINE = 'node -e 0'
/** Of the machine that the targets in milliseconds were set on. */
const BASELINE_OF_TARGETS_MS = 21
/** In each round, so that one of them that was disturbed does not move all ratios of it. */
const BASELINES = 3
/** Reads from the disk what later ones find in memory, and makes the caches that they use. */
const WARM_UP = 1

/** All cases in each round, in another order every time, and none beside another. */
export async function inRounds(cases: readonly Case[], rounds: number): Promise<Map<string, Measured>> {
  const luck = chance(randomInt(2 ** 31))
  const baseline: Case = {name: BASELINE, time: timeBaseline}
  const times = new Map([baseline, ...cases].map(({name}) => [name, [] as number[][]]))
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const taken of times.values()) if (round >= 0) taken.push([])
    for (const one of luck.shuffled([...cases, ...Array.from({length: BASELINES}, () => baseline)])) {
      await one.prepare?.()
      const time = await one.time()
      times.get(one.name)?.[round]?.push(time)
    }
  }
  const baselines = times.get(BASELINE) ?? []
  return new Map([...times].map(([name, taken]) => [name, measured(taken, baselines)]))
}

function timeBaseline(): Promise<number> {
  return startToEnd([process.execPath, '-e', '0'])
}

const ALONE = 15

/** For what cannot stand in rounds, since it takes the whole machine: measured just before. */
export async function baselineTime(): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < ALONE; time += 1) times.push(await timeBaseline())
  return median(times)
}

/** A target in milliseconds, and what it is as a ratio, by which another machine is measured. */
export function targetOf(milliseconds: number): string {
  return `${milliseconds} ms (ratio ${rounded(milliseconds / BASELINE_OF_TARGETS_MS, 2)})`
}

function measured(taken: readonly number[][], baselines: readonly number[][]): Measured {
  const rounds = taken.flatMap((times, round) => times.map(time => ({time, baseline: baselines[round] ?? []})))
  return {ratio: spread(ratios(rounds)), milliseconds: spread(rounds.map(({time}) => time))}
}

/** The columns that every figure in rounds has. */
export function columns({ratio, milliseconds}: Measured) {
  return {
    ratio: rounded(ratio.median, 2),
    quartiles: `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`,
    ms: rounded(milliseconds.median, 1),
    runs: ratio.runs,
  }
}
