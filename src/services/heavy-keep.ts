import type {ChildMark, EndedLease, Lease} from '../domain/lease.ts'
import {findLease, isHeld, keepCommand} from '../domain/lease-queue.ts'
import type {RunningCommand} from '../system/command.ts'
import {identify} from '../system/process.ts'
import {registryChange, type Say} from './heavy-turn.ts'
import {changeLeases, leaseRegistry} from './lease-facts.ts'
import {markOf} from './lease-holders.ts'
import type {Project} from './project.ts'

interface Kept {
  lease: Lease
  command: RunningCommand
  /** Comes when the command has ended. */
  over: AbortSignal
  say: Say
}

const KILL_AFTER_MS = 10_000

/** Renews the lease until the command is over, and ends the command when the lease was taken away. */
export async function keepLease(project: Project, kept: Kept): Promise<void> {
  const {lease, command, over, say} = kept
  const child = {...markOf(identify(command.pid)), group: command.group}
  const period = (lease.ttl_seconds * 1000) / 3
  let due = performance.now()
  let isTroubled = false
  while (!over.aborted) {
    const isDue = performance.now() >= due
    if (isDue) due = performance.now() + period
    const changed = registryChange(project, Math.max(0, due - performance.now()), over)
    try {
      const found = isDue ? await renew(project, lease, child) : await lookedUp(project, lease)
      if (found && !isHeld(found)) return await endCommand(kept, found)
      isTroubled = false
      if (!found) {
        due = 0
        changed.stop()
      }
    } catch (error) {
      // The command runs on, whatever it is, and its lease with it.
      if (!(error instanceof Error)) throw error
      if (!isTroubled) say(`The lease ${lease.id} cannot be looked at now: ${error.message}`)
      isTroubled = true
    }
    await changed.happened
  }
}

async function renew({host}: Project, lease: Lease, child: ChildMark): Promise<Lease | EndedLease | undefined> {
  const {value} = await changeLeases(host, (registry, now) => {
    const after = keepCommand(registry, lease, child, now)
    return [after, findLease(after, lease.id)]
  })
  return value
}

async function lookedUp({host}: Project, {id}: Lease): Promise<Lease | EndedLease | undefined> {
  return findLease(await leaseRegistry(host).read(), id)
}

async function endCommand({command, over, say}: Kept, {id, reason}: EndedLease): Promise<void> {
  if (over.aborted) return
  say(`The lease ${id} is over (${reason.replace('_', ' ')}), so the command is ended.`)
  await command.end(KILL_AFTER_MS)
}
