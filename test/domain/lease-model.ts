import {expect} from 'chai'
import fc from 'fast-check'

import {EMPTY_REGISTRY, type Holder, type Registry} from '../../src/domain/lease.ts'
import {type LeaseFacts, sweep} from '../../src/domain/lease-end.ts'
import {askForLease, type LeaseAnswer, releaseLease} from '../../src/domain/lease-queue.ts'
import type {ProcessValue} from '../../src/domain/status.ts'
import {aRequest} from './lease-examples.ts'

export const TTL = 300
export const PRESSURE = {reason: 'The load is high.', retryAfterSeconds: 45}

const who = fc.nat({max: 5})
export const step = fc.oneof(
  {weight: 6, arbitrary: fc.record({kind: fc.constant('ask' as const), who, pressed: fc.constant(false)})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('ask' as const), who, pressed: fc.boolean()})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('release' as const), who})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('crash' as const), who})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('pass' as const), seconds: fc.nat({max: 120})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('jump' as const), days: fc.integer({min: -400, max: 400})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('limit' as const), limit: fc.integer({min: 1, max: 4})})},
  {weight: 1, arbitrary: fc.constant({kind: 'reboot' as const})},
)
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Six that ask, each from a process that may die; even ones are commands. */
export class LeaseModel {
  /** Whose process cannot be seen from here. */
  unseen: number | null = null
  registry: Registry = EMPTY_REGISTRY
  limit = 2
  clock = 1000
  boots = 1
  days = 0
  lives = [1, 1, 1, 1, 1, 1]
  ids = 0

  holder(one: number): Holder {
    const mark = {pid: 100 + one, started: this.lives[one] ?? 0, pidns: 'pid:[1]'}
    return one % 2 === 0 ? {kind: 'command', ...mark, child: null} : {kind: 'session', run: `worker-${one}`, ...mark}
  }

  facts(): LeaseFacts {
    const holders = new Map<Holder, ProcessValue>()
    for (const {holder} of [...this.registry.leases, ...this.registry.queue]) {
      if (!holder) continue
      const [one, lives] = [holder.pid - 100, this.lives[holder.pid - 100] === holder.started]
      holders.set(holder, one === this.unseen ? 'unknown' : lives ? 'alive' : 'gone')
    }
    const at = new Date(Date.UTC(2026, 0, 31) + this.days * 86_400_000).toISOString()
    return {now: {at, clock: this.clock, boot: `boot-${this.boots}`}, limit: this.limit, holders}
  }

  sweep(): LeaseFacts {
    const facts = this.facts()
    this.registry = sweep(this.registry, facts).registry
    return facts
  }

  entry(one: number): {id: string; place: number} | undefined {
    const mine = ({session}: {session: string}) => session === `worker-task-00${one}`
    const held = this.registry.leases.find(mine)
    const place = this.registry.queue.findIndex(mine)
    return held ? {id: held.id, place: -1} : place < 0 ? undefined : {id: this.registry.queue[place]?.id ?? '', place}
  }

  ask(one: number, pressed = false): LeaseAnswer {
    const {now} = this.sweep()
    const before = {entry: this.entry(one), held: this.registry.leases.length, waiting: this.registry.queue.length}
    this.ids += 1
    const newId = `HEAVY-${String(this.ids).padStart(8, '0')}`
    const request = aRequest({session: `worker-task-00${one}`, holder: this.holder(one), ttlSeconds: TTL, newId})
    const [after, answer] = askForLease(this.registry, request, {
      now,
      limit: this.limit,
      pressure: pressed ? PRESSURE : null,
    })
    this.registry = after
    const isNew = answer.granted && before.entry?.place !== -1
    const ahead = before.entry?.place ?? before.waiting
    // Nobody is overtaken, and never more run than may.
    if (isNew) expect(ahead, 'came first').to.be.below(this.limit - before.held)
    if (isNew) expect(pressed, 'granted under pressure').to.equal(false)
    if (isNew) expect(after.leases.length).to.be.at.most(this.limit)
    // Who holds keeps; who waits keeps its id and never moves back.
    if (before.entry) expect(this.entry(one)?.id).to.equal(before.entry.id)
    if (before.entry?.place === -1) expect(answer.granted).to.equal(true)
    if (!answer.granted) expect(answer.queue_position).to.equal(ahead + 1)
    return answer
  }

  take(one: Step): void {
    if (one.kind === 'ask') this.ask(one.who, one.pressed)
    if (one.kind === 'crash') this.lives[one.who] = (this.lives[one.who] ?? 0) + 1
    if (one.kind === 'pass') this.clock += one.seconds
    if (one.kind === 'jump') this.days += one.days
    if (one.kind === 'limit') this.limit = one.limit
    if (one.kind === 'release') {
      const {now} = this.sweep()
      const entry = this.entry(one.who)
      if (entry) this.registry = releaseLease(this.registry, entry.id, now)
    }
    if (one.kind === 'reboot') {
      this.boots += 1
      this.clock = 5
      this.lives = this.lives.map(life => life + 1)
    }
  }
}
