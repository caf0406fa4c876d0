import type {Pressure, Stall} from '@codex-planner/plugin-api'

/** The texts of `/proc/pressure`; one that is not there or cannot be read is undefined. */
export type PressureFiles = {[Name in keyof Pressure]: string | undefined}

/** What the files tell; undefined when none of them tells anything. */
export function pressureOf({cpu, memory, io}: PressureFiles): Pressure | undefined {
  const stalls = {cpu: stallOf(cpu), memory: stallOf(memory), io: stallOf(io)}
  const known = Object.entries(stalls).filter(([, stall]) => stall !== undefined)
  return known.length === 0 ? undefined : Object.fromEntries(known)
}

function stallOf(text = ''): Stall | undefined {
  const [some, full] = [average(text, 'some'), average(text, 'full')]
  if (some === undefined) return undefined
  return {someAverage10: some, ...(full === undefined ? {} : {fullAverage10: full})}
}

/** Over the last ten seconds, from a line such as `some avg10=1.53 avg60=0.42 avg300=0.10 total=9513`. */
function average(text: string, kind: 'some' | 'full'): number | undefined {
  const written = new RegExp(`^${kind} avg10=(\\d+(?:\\.\\d+)?)(?: |$)`, 'm').exec(text)?.[1]
  return written === undefined || Number(written) > 100 ? undefined : Number(written)
}
