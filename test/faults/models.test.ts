import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import type {Board} from '../../src/domain/board.ts'
import type {Registry} from '../../src/domain/lease.ts'
import {sweep} from '../../src/domain/lease-end.ts'
import {isActive, type Session, type SessionStatus} from '../../src/domain/session.ts'
import {readMoment} from '../../src/system/clock.ts'
import {LeaseModel, type Step as LeaseStep, step as leaseStep} from '../domain/lease-model.ts'
import {removeTempProjects} from '../store/temp-project.ts'
import {chance} from './chance.ts'
import {counts, isQuick, patience} from './counts.ts'
import {LeaseHost, type Seen} from './lease-host.ts'
import {onMemoryDisk} from './memory-disk.ts'
import {type Reach, SessionHost} from './session-host.ts'

const luck = chance()
const UNSEEN = 5

/** Steps of eleven seconds never end where a lease or a place does, and so leave the real clock some seconds. */
const leaseSteps = fc.array(
  leaseStep.map(one => (one.kind === 'pass' ? {...one, seconds: 11 * Math.ceil(one.seconds / 11)} : one)),
  {minLength: 1, maxLength: isQuick ? 6 : 12},
)

describe(`leases as they are kept, and the model of them, in ${counts.models} courses of events (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.models, 5))
  onMemoryDisk()
  let home: string
  let host: LeaseHost

  before(async function () {
    // Time is let pass by making records older, which a machine that has just started has no room for.
    if (readMoment().clock < 600) this.skip()
    home = await mkdtemp(path.join(tmpdir(), 'models-'))
    host = await LeaseHost.open(home, UNSEEN)
  })
  after(async () => {
    await host?.close()
    await removeTempProjects()
    if (home) await rm(home, {recursive: true, force: true})
  })

  it('are held and waited for by the same, in the same order, with the same answers (I3, I4)', async () => {
    await fc.assert(
      fc.asyncProperty(leaseSteps, async steps => {
        const model = new LeaseModel()
        model.unseen = UNSEEN
        await host.reset()
        for (const step of steps) {
          await takeBoth(model, host, step)
          expect(await host.seen(), JSON.stringify(step)).to.deep.equal(seenIn(model))
        }
      }),
      {numRuns: counts.models, seed: luck.seed},
    )
  })
})

const TASKS = 2
/** Mostly the same one: what comes of a session comes of many steps. */
const task = fc.constantFrom(0, 0, 0, 1)
const wish = fc.constantFrom('closed' as const, 'suspended' as const)
const sessionStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      task,
      reach: fc.constantFrom<Reach>('ready', 'ready', 'terminal', 'claim'),
      twice: fc.boolean(),
    }),
  },
  {weight: 2, arbitrary: fc.record({kind: fc.constantFrom('ready' as const, 'talk' as const), task})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('late' as const), task})},
  {weight: 2, arbitrary: fc.record({kind: fc.constantFrom('exit' as const, 'kill' as const), task})},
  {
    weight: 3,
    arbitrary: fc.record({kind: fc.constant('show' as const), task, isSeen: fc.constantFrom(false, false, true)}),
  },
  {weight: 3, arbitrary: fc.record({kind: fc.constant('end' as const), task, wish})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('end-all' as const), wish})},
  {weight: 3, arbitrary: fc.constant({kind: 'settle' as const})},
)
type SessionStep = typeof sessionStep extends fc.Arbitrary<infer Value> ? Value : never

describe(`sessions as they are kept, in ${counts.sessionModels} courses of events (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.sessionModels, 10))
  onMemoryDisk()

  it('never run twice, move only as they may, and end on proof alone; no conversation is replaced (I2, I3, I4)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sessionStep, {minLength: 3, maxLength: isQuick ? 10 : 16}), async steps => {
        const host = await SessionHost.open(TASKS)
        try {
          let before = await host.board()
          for (const step of steps) {
            const hidden = await hiddenOf(host, before)
            await takeStep(host, before, step)
            const after = await host.board()
            await requireSound(host, {before, after, hidden, what: JSON.stringify(step)})
            before = after
          }
        } finally {
          await host.close()
          await removeTempProjects()
        }
      }),
      {numRuns: counts.sessionModels, seed: luck.seed},
    )
  })
})

async function hiddenOf(host: SessionHost, {sessions}: Board): Promise<Set<string>> {
  const hidden = new Set<string>()
  for (const session of sessions)
    if ((await host.isHidden(session)) && (await host.isAlive(session))) hidden.add(session.run)
  return hidden
}

async function takeStep(host: SessionHost, board: Board, step: SessionStep): Promise<void> {
  if (step.kind === 'settle') return void (await host.settle())
  if (step.kind === 'end-all') return host.endAll(step.wish)
  const id = host.ids[step.task] ?? ''
  if (step.kind === 'end') return host.end(id, step.wish)
  if (step.kind === 'start') {
    const calls = step.twice ? [step.reach, step.reach] : [step.reach]
    await Promise.all(calls.map(reach => host.start(id, reach)))
    return
  }
  const session = host.latest(board, id)
  if (!session) return
  if (step.kind === 'show') await host.show(session, step.isSeen)
  else await host[step.kind](session)
}

const MOVES: Record<SessionStatus, readonly SessionStatus[]> = {
  starting: ['starting', 'running', 'suspended', 'closed', 'lost'],
  running: ['running', 'suspended', 'closed', 'lost'],
  suspended: ['suspended', 'closed'],
  closed: ['closed'],
  lost: ['lost'],
}

interface Moved {
  before: Board
  after: Board
  /** Starts that run where they cannot be seen. */
  hidden: ReadonlySet<string>
  what: string
}

async function requireSound(host: SessionHost, {before, after, hidden, what}: Moved): Promise<void> {
  for (const old of before.sessions) {
    const now = after.sessions.find(({run}) => run === old.run)
    expect(now, `${what}: ${old.run} is gone from the board`).not.to.equal(undefined)
    if (!now) continue
    expect(MOVES[old.status], `${what}: ${old.status} became ${now.status}`).to.include(now.status)
    if (old.codex_session_id !== null) expect(now.codex_session_id, what).to.equal(old.codex_session_id)
    if (!isActive(old)) expect([now.exit, now.ended_at], what).to.deep.equal([old.exit, old.ended_at])
    if (hidden.has(old.run) && isActive(old)) expect(isActive(now), `${what}: unknown was ended`).to.equal(true)
  }
  for (const id of host.ids) {
    const records = after.sessions.filter(({task_id}) => task_id === id)
    expect(records.filter(isActive).length, `${what}: active records of ${id}`).to.be.at.most(1)
    const alive: Session[] = []
    for (const session of records) if (await host.isAlive(session)) alive.push(session)
    expect(alive.length, `${what}: living workers of ${id}`).to.be.at.most(1)
    // What has ended on the board runs no more.
    expect(
      alive.filter(session => !isActive(session)).map(({status}) => status),
      what,
    ).to.deep.equal([])
  }
}

async function takeBoth(model: LeaseModel, host: LeaseHost, step: LeaseStep): Promise<void> {
  if (step.kind === 'ask') {
    const [expected, answer] = [model.ask(step.who, step.pressed), await host.ask(step.who, step.pressed)]
    expect(answer.granted).to.equal(expected.granted)
    if (answer.granted || expected.granted) return
    const {queue_position, retry_after_seconds, reason} = expected
    // Its estimate is of the clock, which moves between the two.
    expect(answer).to.deep.include({granted: false, queue_position, retry_after_seconds, reason})
    return
  }
  if (step.kind === 'release') {
    if (await host.release(step.who)) model.take(step)
    return
  }
  model.take(step)
  if (step.kind === 'crash') await host.crash(step.who)
  if (step.kind === 'pass') await host.pass(step.seconds)
  if (step.kind === 'jump') await host.jump(step.days)
  if (step.kind === 'limit') host.limit = step.limit
  if (step.kind === 'reboot') await host.reboot()
}

function seenIn(model: LeaseModel): Seen {
  const {registry}: {registry: Registry} = sweep(model.registry, model.facts())
  const numbers = (entries: readonly {session: string}[]) => entries.map(({session}) => Number(session.at(-1)))
  return {leases: numbers(registry.leases), queue: numbers(registry.queue)}
}
