import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {signalGroup} from '../../src/system/process.ts'
import {type Machine, makeMachine, program} from '../commands/machine.ts'
import {eventually} from '../support/world.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'

const CONTENDERS = 20
const REPOSITORIES = 3
const LIMIT = 3
const KILLED = 5

/** Far more than the half of a minute after which those that wait look again. */
const LONGEST_WAIT_MS = 120_000

/** Notes on the clock of the machine when it begins and ends; a command whose `run` was killed still takes a moment to end. */
const HOLDER = `note() { read -r now _ </proc/uptime; echo "$1 $now $$" >>"$0.notes"; }
trap 'sleep 2; note end; exit' TERM
note begin
while ! [ -e "$0.go" ]; do sleep 0.05; done
note end`

interface Contender {
  name: string
  child: ChildProcess
  ended: Promise<{code: number | null; signal: string | null}>
  told(): string
  /** Without the ending: `.go` lets it end, `.notes` has what it noted. */
  file: string
}

/** Seconds since the boot, in hundredths; the end is missing while it runs. */
interface Hold {
  pid: number
  begin: number
  end: number | undefined
}

interface Listed {
  leases: {purpose: string}[]
  queue: {purpose: string; queued_at: string}[]
}

const luck = chance()

describe(`${counts.contentions} time(s) ${CONTENDERS} commands for ${LIMIT} leases (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.contentions, 300))
  let machine: Machine
  let roots: string[]
  const contenders: Contender[] = []

  before(async () => {
    machine = await makeMachine()
    machine.env['CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES'] = String(LIMIT)
    roots = await Promise.all(Array.from({length: REPOSITORIES}, (_, index) => machine.repository(`shop-${index}`)))
  })
  after(async () => {
    for (const {child, ended, file} of contenders) {
      await writeFile(`${file}.go`, '')
      child.kill('SIGKILL')
      await ended
    }
    await machine.close()
  })

  function begin(name: string, root: string, folder: string): Contender {
    const file = path.join(folder, name)
    const argv = [program, 'run', '--purpose', name, '--', 'sh', '-c', HOLDER, file]
    const child = spawn(process.execPath, argv, {cwd: root, env: machine.env, stdio: ['ignore', 'ignore', 'pipe']})
    let told = ''
    child.stderr?.setEncoding('utf8').on('data', text => (told += text))
    const ended = once(child, 'exit').then(([code, signal]) => ({code, signal}))
    const contender = {name, child, ended, told: () => told, file}
    contenders.push(contender)
    return contender
  }

  it(`run at most ${LIMIT} at once and in the order they came, though ${KILLED} that hold are killed (I4)`, async () => {
    for (let round = 1; round <= counts.contentions; round += 1) {
      const folder = path.join(machine.folder, `round-${round}`)
      await mkdir(folder)
      const all = Array.from({length: CONTENDERS}, (_, index) =>
        begin(`contender-${index}`, roots[index % REPOSITORIES] ?? '', folder),
      )
      for (const one of all) await eventually(`${one.name} to run or to wait`, () => isKnown(one), LONGEST_WAIT_MS)
      const {leases, queue} = await machine.json<Listed>(['list-leases'], {cwd: roots[0] ?? ''})
      expect([leases.length, queue.length]).to.deep.equal([LIMIT, CONTENDERS - LIMIT])
      const times = queue.map(({queued_at}) => queued_at)
      expect(times).to.deep.equal(times.toSorted())
      const order = [...leases, ...queue].map(({purpose}) => purpose)
      const killedAt = await untilAllRan(inOrder(all, order), luck.shuffled(order).slice(0, KILLED))
      expect(killedAt.size).to.equal(KILLED)
      expect(await endsOf(all)).to.deep.equal(
        Object.fromEntries(
          all.map(({name}) => [name, killedAt.has(name) ? {code: null, signal: 'SIGKILL'} : {code: 0, signal: null}]),
        ),
      )
      await eventually('the last command to end', async () =>
        all.every(one => killedAt.get(one.name) !== undefined || holdOf(one)?.end !== undefined),
      )
      const holds = all.map(one => requireHold(one, killedAt.get(one.name)))
      expect(atOnce(holds)).to.equal(LIMIT)
      expect(await machine.json(['list-leases'])).to.deep.equal({leases: [], queue: [], next_cursor: null})
    }
  })
})

/** Ends one to three that hold, again and again, and sees who follows. Returns when whom was killed with its command. */
async function untilAllRan(
  line: readonly Contender[],
  victims: readonly string[],
): Promise<Map<string, number | undefined>> {
  const killedAt = new Map<string, number | undefined>()
  let over = 0
  let holding = line.slice(0, LIMIT)
  while (holding.length > 0) {
    await eventually(
      `${holding.map(({name}) => name).join(', ')} to begin`,
      async () => {
        const early = line.slice(over + holding.length).filter(one => holdOf(one) !== undefined)
        expect(early.map(({name}) => name)).to.deep.equal([])
        return holding.every(one => holdOf(one) !== undefined)
      },
      LONGEST_WAIT_MS,
    )
    const ending = luck.shuffled(holding).slice(0, 1 + luck.number(LIMIT))
    // Nobody hears of a death; the next release has everybody look.
    for (const one of ending.filter(({name}) => victims.includes(name))) {
      killedAt.set(one.name, kill(one, killedAt.size % 2 === 1))
    }
    for (const one of ending.filter(({name}) => !victims.includes(name))) await writeFile(`${one.file}.go`, '')
    over += ending.length
    holding = [
      ...holding.filter(one => !ending.includes(one)),
      ...line.slice(over + holding.length - ending.length).slice(0, ending.length),
    ]
  }
  return killedAt
}

/** `run` alone, so that its command has yet to end, or both; then the moment before is returned. */
function kill(one: Contender, both: boolean): number | undefined {
  const hold = holdOf(one)
  if (!hold) throw new Error(`${one.name} holds nothing.`)
  const now = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  one.child.kill('SIGKILL')
  if (!both) return undefined
  signalGroup(hold.pid, 'SIGKILL')
  return now
}

async function isKnown(one: Contender): Promise<boolean> {
  if (one.child.exitCode !== null) throw new Error(`${one.name} ended: ${one.told()}`)
  return one.told().includes('waits for a heavy lease') || holdOf(one) !== undefined
}

function inOrder(all: readonly Contender[], order: readonly string[]): Contender[] {
  return all.toSorted((one, other) => order.indexOf(one.name) - order.indexOf(other.name))
}

async function endsOf(all: readonly Contender[]): Promise<Record<string, object>> {
  const ends = await Promise.all(all.map(async ({name, ended}) => [name, await ended] as const))
  return Object.fromEntries(ends)
}

function holdOf({file}: Contender): Hold | undefined {
  if (!existsSync(`${file}.notes`)) return undefined
  const notes = readFileSync(`${file}.notes`, 'utf8').trim().split('\n')
  const [begin, end, ...more] = notes.map(note => note.split(' '))
  if (begin?.[0] !== 'begin' || (end && end[0] !== 'end') || more.length > 0)
    throw new Error(`${file}: ${notes.join()}`)
  return {pid: Number(begin[2]), begin: Number(begin[1]), end: end && Number(end[1])}
}

function requireHold(one: Contender, killedAt: number | undefined): {begin: number; end: number} {
  const hold = holdOf(one)
  const end = killedAt ?? hold?.end
  if (!hold || end === undefined) throw new Error(`${one.name} did not note its end.`)
  return {begin: hold.begin, end}
}

/** The most that ran at one time. What ends in the hundredth of a second in which another begins was before it. */
function atOnce(holds: readonly {begin: number; end: number}[]): number {
  const steps = holds.flatMap(({begin, end}) => [
    {at: begin, by: 1},
    {at: end, by: -1},
  ])
  let now = 0
  return Math.max(...steps.toSorted((one, other) => one.at - other.at || one.by - other.by).map(({by}) => (now += by)))
}
