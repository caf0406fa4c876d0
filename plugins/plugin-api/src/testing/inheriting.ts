import assert from 'node:assert/strict'

import type {Bench} from './bench.ts'

/** What a session is known by, as its script sets it. */
const OWN = 'CODEX_ORCHESTRATOR_RUN'

/** A planner opens the terminals of its workers. Whatever carries the planner's mark ends with the planner. */
export async function passesNoVariablesOn(bench: Bench): Promise<void> {
  const before = process.env[OWN]
  process.env[OWN] = 'of-whoever-opens-it'
  try {
    const other = await bench.another()
    try {
      const script = await bench.script(`printf %s "$\{${OWN}-none}" >run.new; mv run.new run; sleep 1000`)
      await other.backend.open(bench.request(script))
      assert.equal(await script.wrote('run'), 'none', `${OWN} of the process that opens a terminal is passed on to it`)
    } finally {
      await other.cleanUp()
    }
  } finally {
    if (before === undefined) delete process.env[OWN]
    else process.env[OWN] = before
  }
}
