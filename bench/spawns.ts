import type {Session} from '../src/domain/session.ts'
import {putOnBoard} from '../test/commands/boards.ts'
import {runProgram} from '../test/commands/machine.ts'
import {STAND_INS, teamMachine} from '../test/support/team-machine.ts'
import type {BenchOptions, Figure} from './figure.ts'
import type {Installed} from './installed.ts'
import {BASELINE, baselineTime, targetOf} from './rounds.ts'
import {quantile, rounded} from './statistics.ts'
import {throwAway} from './throw-away.ts'

const WORKERS = 20
const LONGEST_MS = 300_000

interface Spawn {
  seconds: number
  /** The status of the session; of a call that failed, the code of its error. */
  told: string
  failed: boolean
}

/** How long `spawn-worker` takes when a planner asks for many at once. Each time is on a machine of its own. */
export async function spawns({
  isFull,
  rounds = isFull ? 5 : 1,
  installed: install,
  say,
}: BenchOptions): Promise<Figure> {
  const installed = await install()
  const spawns: {codex: string; baseline: number; all: Spawn[]}[] = []
  for (const [codex, standIn] of STANDS_IN) {
    const baseline = (await baselineTime()) / 1000
    const all: Spawn[] = []
    for (let round = 1; round <= rounds; round += 1) {
      say(`Spawning ${WORKERS} workers at once whose Codex ${codex}, time ${round} of ${rounds}.`)
      all.push(...(await spawnAll(installed, standIn)))
    }
    spawns.push({codex, baseline, all})
  }
  return {
    name: 'spawns',
    title: `Seconds until ${WORKERS} calls of spawn-worker at once have answered`,
    settings: {workers: WORKERS, rounds},
    rows: spawns.map(({codex, baseline, all}) => {
      const seconds = all.map(({seconds}) => seconds)
      const p95 = quantile(seconds, 0.95)
      return {
        codex,
        calls: all.length,
        failed: all.filter(({failed}) => failed).length,
        still_starting: all.filter(({told}) => told === 'starting').length,
        p50: rounded(quantile(seconds, 0.5), 2),
        p95: rounded(p95, 2),
        most: rounded(Math.max(...seconds), 2),
        node_ms: rounded(baseline * 1000, 1),
        ratio: rounded(p95 / baseline, 1),
        target: `p95 ${targetOf(3000)}, none failed`,
      }
    }),
    notes: [`The ratio is of p95 to ${BASELINE} just before.`, ...spawns.flatMap(({all}) => failures(all))],
  }
}

/** What a Codex does that is stood in for. */
const STANDS_IN = [
  ['says that it is up', STAND_INS.alone],
  ['starts its tool server', STAND_INS.withTools],
] as const

/** One line for each way to fail. */
function failures(all: readonly Spawn[]): string[] {
  const failed = Map.groupBy(
    all.filter(({failed}) => failed),
    ({told}) => told,
  )
  return [...failed].map(([told, some]) => {
    const seconds = some.map(({seconds}) => seconds)
    return `${some.length} failed (${told}) after ${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)} s.`
  })
}

async function spawnAll({argv: [node = '', script = '']}: Installed, standIn: string): Promise<Spawn[]> {
  const machine = throwAway(await teamMachine(standIn))
  try {
    const cwd = await machine.repository('repo')
    const run = (...words: string[]) =>
      runProgram(node, [script, ...words], {cwd, env: machine.env, timeout: LONGEST_MS})
    await run('init')
    const ids = Array.from({length: WORKERS + 1}, (_, index) => `TASK-${String(index + 1).padStart(3, '0')}`)
    await putOnBoard(cwd, {tasks: ids.map(id => ({title: `Task of ${id}`}))})
    const [first = '', ...others] = ids
    // After it Node has its compiled code of all that runs, as on every machine in use.
    await run('spawn-worker', first)
    return await Promise.all(
      others.map(async id => {
        const begun = performance.now()
        const {code, stdout} = await run('spawn-worker', id, '--json')
        const seconds = (performance.now() - begun) / 1000
        return {seconds, ...outcome(code, stdout)}
      }),
    )
  } finally {
    await machine.close()
  }
}

/** A call that never ends is killed and says nothing. */
function outcome(code: number | null, stdout: string): {told: string; failed: boolean} {
  if (code === null) return {told: `no answer in ${LONGEST_MS / 1000} s`, failed: true}
  const {session, error} = JSON.parse(stdout) as {session?: Session; error?: {code: string}}
  return {told: session?.status ?? error?.code ?? 'no session', failed: code !== 0}
}
