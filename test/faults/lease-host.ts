import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {resolveConfig} from '../../src/domain/config.ts'
import {EMPTY_REGISTRY, type Holder, type Registry} from '../../src/domain/lease.ts'
import type {LeaseAnswer} from '../../src/domain/lease-queue.ts'
import {addSession} from '../../src/domain/session.ts'
import type {Host} from '../../src/services/host.ts'
import {leaseRegistry} from '../../src/services/lease-facts.ts'
import {markOf} from '../../src/services/lease-holders.ts'
import {listLeases} from '../../src/services/lease-list.ts'
import {acquireLease, askOnce, giveBack, newRequest} from '../../src/services/leases.ts'
import type {Project} from '../../src/services/project.ts'
import {readMoment} from '../../src/system/clock.ts'
import {identify} from '../../src/system/process.ts'
import {PRESSURE, TTL} from '../domain/lease-model.ts'
import {aSession, NOW, tempBoard} from '../store/temp-project.ts'

const ASKERS = 6
const OTHER_BOOT = '0b007ed0-0000-4000-8000-000000000000'
const OPERATOR = {role: 'operator', session: null, project: null} as const

/** What is granted and who waits, by the number of who asked. */
export interface Seen {
  leases: number[]
  queue: number[]
}

/**
 * The services of leases on a registry of their own: two repositories, and six processes that ask. Even ones are commands, odd ones
 * sessions; those of `unseen` run where they cannot be seen.
 */
export class LeaseHost {
  readonly #host: Host
  readonly #projects: Project[]
  readonly #unseen: number
  #processes: ChildProcess[] = []
  #pressed = false
  #limit = 2
  /** Seconds that were let pass and not yet put into the registry. */
  #anchor = readMoment().clock

  private constructor(host: Host, projects: Project[], unseen: number) {
    this.#host = host
    this.#projects = projects
    this.#unseen = unseen
  }

  static async open(home: string, unseen: number): Promise<LeaseHost> {
    const made = await Promise.all([tempBoard(), tempBoard()])
    const {config} = resolveConfig({env: {}, home})
    const settings = {...config, lease_ttl_seconds: TTL}
    const opened: {host?: LeaseHost} = {}
    const policy = {
      name: 'test',
      api: 1 as const,
      admit: () => (opened.host?.isPressed ? {allowed: false as const, ...PRESSURE} : {allowed: true as const}),
    }
    const host = {
      env: {HOME: home},
      get config() {
        return {...settings, max_heavy_leases: opened.host?.limit ?? 2}
      },
      now: () => new Date().toISOString(),
      workerPolicies: async () => ({found: [{plugin: 'test', policy}], faults: []}),
    } as unknown as Host
    const projects = made.map(
      ({paths, board}) =>
        ({
          host,
          caller: OPERATOR,
          root: paths.root,
          paths,
          board,
          author: 'operator',
          trace: async () => undefined,
        }) as unknown as Project,
    )
    opened.host = new LeaseHost(host, projects, unseen)
    return opened.host
  }

  get isPressed(): boolean {
    return this.#pressed
  }

  get limit(): number {
    return this.#limit
  }

  set limit(limit: number) {
    this.#limit = limit
  }

  /** A registry as it is when nobody ever asked. */
  async reset(): Promise<void> {
    await this.#change(() => EMPTY_REGISTRY)
    this.#limit = 2
    for (let one = 0; one < ASKERS; one += 1) if (!isUp(this.#processes[one])) await this.#start(one)
    this.#anchor = readMoment().clock
  }

  async close(): Promise<void> {
    for (let one = 0; one < ASKERS; one += 1) await this.#kill(one)
  }

  async ask(one: number, pressed: boolean): Promise<LeaseAnswer> {
    const project = this.#projectOf(one)
    const key = {session: sessionOf(one), purpose: 'npm test'}
    this.#pressed = pressed
    try {
      if (!isCommand(one)) return (await acquireLease(project, key)) as LeaseAnswer
      const holder: Holder = {kind: 'command', ...markOf(identify(this.#processes[one]?.pid ?? 0)), child: null}
      return await askOnce(project, newRequest(project, key, holder))
    } finally {
      this.#pressed = false
    }
  }

  /** Whether there was one to give back. */
  async release(one: number): Promise<boolean> {
    const {leases} = await listLeases(this.#host, {maxBytes: null})
    const held = leases.find(entry => this.#numberOf(entry) === one)
    if (held) await giveBack(this.#host, held.id, {caller: OPERATOR, within: null})
    return held !== undefined
  }

  /** Its process dies, and another takes its place. */
  async crash(one: number): Promise<void> {
    await this.#kill(one)
    await this.#start(one)
  }

  /** As if that many seconds had passed: what is on record is as much older, and time that went by meanwhile is taken off. */
  async pass(seconds: number): Promise<void> {
    const {clock} = readMoment()
    const older = seconds - (clock - this.#anchor)
    this.#anchor = clock
    const moved = (reading: number) => Math.max(0, reading - older)
    await this.#change(registry => ({
      ...registry,
      leases: registry.leases.map(lease => ({...lease, renewed_clock: moved(lease.renewed_clock)})),
      queue: registry.queue.map(ticket => ({...ticket, asked_clock: moved(ticket.asked_clock)})),
    }))
  }

  /** As if somebody had set the clock of the wall. */
  async jump(days: number): Promise<void> {
    const moved = (at: string) => new Date(Date.parse(at) - days * 86_400_000).toISOString()
    await this.#change(registry => ({
      ...registry,
      leases: registry.leases.map(one => ({...one, taken_at: moved(one.taken_at), renewed_at: moved(one.renewed_at)})),
      queue: registry.queue.map(one => ({...one, queued_at: moved(one.queued_at), asked_at: moved(one.asked_at)})),
    }))
  }

  async reboot(): Promise<void> {
    for (let one = 0; one < ASKERS; one += 1) await this.crash(one)
    await this.#change(registry => ({...registry, boot: OTHER_BOOT}))
  }

  async seen(): Promise<Seen> {
    const {leases, queue} = await listLeases(this.#host, {maxBytes: null})
    return {leases: leases.map(entry => this.#numberOf(entry)), queue: queue.map(entry => this.#numberOf(entry))}
  }

  #change(change: (registry: Registry) => Registry): Promise<null> {
    return leaseRegistry(this.#host).change(async registry => [change(registry), null])
  }

  #projectOf(one: number): Project {
    const project = this.#projects[one < ASKERS / 2 ? 0 : 1]
    if (!project) throw new RangeError('There are two projects.')
    return project
  }

  #numberOf({project, session}: {project: string; session: string}): number {
    const numbers = Array.from({length: ASKERS}, (_, one) => one)
    return numbers.find(one => this.#projectOf(one).root === project && sessionOf(one) === session) ?? -1
  }

  async #kill(one: number): Promise<void> {
    const child = this.#processes[one]
    if (!child || !isUp(child)) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  async #start(one: number): Promise<void> {
    const child = spawn('/bin/sleep', ['1000'], {stdio: 'ignore'})
    await once(child, 'spawn')
    this.#processes[one] = child
    if (!isCommand(one)) await this.#sayHello(one, child.pid ?? 0)
  }

  async #sayHello(one: number, pid: number): Promise<void> {
    const {board, paths} = this.#projectOf(one)
    const run = `run-${one}`
    const {started, boot, pidns} = identify(pid)
    const place = one === this.#unseen ? 'pid:[1]' : pidns
    await mkdir(path.join(paths.runs, run), {recursive: true, mode: 0o700})
    const hello = {run, pid, pgid: pid, started, boot, pidns: place}
    const text = Object.entries(hello).map(([key, value]) => `${key}=${value}\n`)
    await writeFile(path.join(paths.runs, run, 'hello'), text.join(''))
    await board.change(before => {
      if (before.sessions.some(session => session.run === run)) return [before, null]
      const record = aSession({name: sessionOf(one), role: 'worker', task_id: null, run, started_at: NOW})
      return [addSession(before, record), null]
    })
  }
}

function sessionOf(one: number): string {
  return `worker-task-00${(one % (ASKERS / 2)) + 1}`
}

function isCommand(one: number): boolean {
  return one % 2 === 0
}

function isUp(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null
}
