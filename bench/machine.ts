import {cpus, loadavg, release, totalmem} from 'node:os'

/** What the figures were measured on. */
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
