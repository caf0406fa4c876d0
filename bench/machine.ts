import {cpus, loadavg, release, totalmem} from 'node:os'

export type BenchMachine = ReturnType<typeof machine>

/** What the figures are measured on. */
export function machine() {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'not known',
    memory_gib: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${process.platform} ${release()}`,
    node: process.version,
    /** Over one minute. */
    load_average_1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** One phrase for a document. */
export function described(at: string, before: BenchMachine, after: BenchMachine): string {
  const {processors, model, memory_gib, system, node} = before
  const load = `load average ${before.load_average_1} before and ${after.load_average_1} after`
  return `${at.slice(0, 10)}, ${processors} × ${model}, ${memory_gib} GiB, ${system}, Node ${node.slice(1)}, ${load}`
}
