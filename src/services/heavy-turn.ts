import {basename} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import type {Lease} from '../domain/lease.ts'
import {isSameAsk, type LeaseRequest, leaveQueue, releaseLease, whyNot} from '../domain/lease-queue.ts'
import {waitSentence} from '../domain/lease-wait.ts'
import {nextChange} from '../store/next-change.ts'
import {hostPaths} from '../store/paths.ts'
import {changeLeases, currentLeases} from './lease-facts.ts'
import {askOnce, heavyPressure} from './leases.ts'
import type {Project} from './project.ts'

/** Takes one line for the person; standard output belongs to the command. */
export type Say = (line: string) => void

/** Between two looks at a registry that changes all the time. */
const SPACING_MS = 1000

/**
 * A holder that was killed changes no file. Who moved up has been told to ask again after a time that was meant for its old place, so all
 * look this often.
 */
const LOOK_MS = 30_000

/** The next change of the registry. */
export function registryChange({host}: Project, atMostMs: number, signal: AbortSignal) {
  const {folder, file} = hostPaths(host.env).leases
  return nextChange(folder, {atMostMs, atLeastMs: SPACING_MS, name: basename(file), signal})
}

/**
 * Waits in the queue until the lease is granted. `early` ends the wait and gives the place up.
 * @throws PlannerError LEASE_NOT_TAKEN then, and what asking throws
 */
export async function turnOf(project: Project, request: LeaseRequest, early: AbortSignal, say: Say): Promise<Lease> {
  let told = ''
  for (;;) {
    const answer = await askOnce(project, request)
    if (early.aborted) throw await givenUp(project, request, answer.granted ? answer.lease.id : null, early)
    if (answer.granted) return answer.lease
    const {queue_position, retry_after_seconds, expected_wait_seconds, reason} = answer
    const place = `waits for a heavy lease at place ${queue_position}. ${reason}`
    // The estimate moves with every second; it alone is no news.
    if (place !== told)
      say(`${place}${waitSentence(expected_wait_seconds)} Asks again in ${retry_after_seconds} s at the latest.`)
    told = place
    await untilTurn(project, request, retry_after_seconds * 1000, early)
  }
}

async function givenUp(
  {host}: Project,
  request: LeaseRequest,
  id: string | null,
  early: AbortSignal,
): Promise<PlannerError> {
  await changeLeases(host, (registry, now) => {
    const left = leaveQueue(registry, request)
    return [id === null ? left : releaseLease(left, id, now), undefined]
  })
  return new PlannerError('LEASE_NOT_TAKEN', `The wait for a heavy lease was ended by ${String(early.reason)}.`, [
    'codex-planner list-leases',
  ])
}

/** Until asking again would be granted, the time is over, or a signal comes. Looking writes nothing, so many may wait side by side. */
async function untilTurn(project: Project, request: LeaseRequest, atMostMs: number, early: AbortSignal): Promise<void> {
  const deadline = performance.now() + atMostMs
  for (;;) {
    const left = deadline - performance.now()
    if (left <= 0 || early.aborted) return
    const changed = registryChange(project, Math.min(left, LOOK_MS), early)
    try {
      if (await isTurn(project, request)) return
      await changed.happened
    } finally {
      changed.stop()
    }
  }
}

/** Also when its place is gone: then it has to ask again. */
async function isTurn({host}: Project, request: LeaseRequest): Promise<boolean> {
  const {registry, facts} = await currentLeases(host)
  const before = registry.queue.findIndex(ticket => isSameAsk(ticket, request))
  return before < 0 || whyNot(registry, before, {limit: facts.limit, pressure: await heavyPressure(host)}) === null
}
