import {LEASE_VARIABLE, type Lease, type LeaseKey} from '../domain/lease.ts'
import {findLease, isHeld, releaseLease} from '../domain/lease-queue.ts'
import {missingCommand, onSignals, type RunningCommand, startCommand} from '../system/command.ts'
import {keepLease} from './heavy-keep.ts'
import {type Say, turnOf} from './heavy-turn.ts'
import {changeLeases, currentLeases} from './lease-facts.ts'
import {ownHolder} from './lease-holders.ts'
import {newRequest, requireOwnName} from './leases.ts'
import type {Project} from './project.ts'

export interface HeavyRun extends Omit<LeaseKey, 'project'> {
  argv: readonly string[]
  say: Say
}

/**
 * Runs a command under a lease and returns the code to end with. What keeps it from being started is thrown; once it has started, nothing is.
 * @throws PlannerError LEASE_NOT_TAKEN when a signal ends the wait, NOT_OWNER, LEASE_QUEUE_FULL, LEASE_REGISTRY_DAMAGED, UNSAFE_FILE
 */
export async function runHeavy(project: Project, run: HeavyRun): Promise<number> {
  requireOwnName(project.caller, run.session)
  const missing = missingCommand(run.argv[0] ?? '', project.host.env)
  if (missing) {
    run.say(missing.sentence)
    return missing.code
  }
  const signals = heardSignals()
  try {
    if (await runsUnderLease(project)) return await runCommand(project, run, null, signals)
    const {session, purpose} = run
    const request = newRequest(project, {session, purpose}, ownHolder())
    const lease = await turnOf(project, request, signals.early, run.say)
    try {
      return await runCommand(project, run, lease, signals)
    } finally {
      await giveUp(project, lease, run)
    }
  } finally {
    signals.stop()
  }
}

interface Signals {
  /** Comes with the first signal while there is no command to hand it to. */
  readonly early: AbortSignal
  handTo(command: RunningCommand): void
  stop(): void
}

function heardSignals(): Signals {
  const early = new AbortController()
  let command: RunningCommand | undefined
  const stop = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'], signal => {
    if (!command) early.abort(signal)
    // At a terminal, the command is in our group and has its own already; a second one would mean more than one.
    else if (command.group || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) command.signal(signal)
  })
  return {
    early: early.signal,
    handTo(started) {
      command = started
      if (early.signal.aborted) started.signal(early.signal.reason as NodeJS.Signals)
    },
    stop,
  }
}

/** A command under a lease that starts another one would wait for itself. */
async function runsUnderLease({host}: Project): Promise<boolean> {
  const id = host.env[LEASE_VARIABLE]
  if (id === undefined || id === '') return false
  const {registry} = await currentLeases(host)
  const lease = findLease(registry, id)
  return isHeld(lease) && lease.holder?.kind === 'command'
}

/** Without a lease it runs under the one of the command that we are part of. */
async function runCommand(project: Project, run: HeavyRun, lease: Lease | null, signals: Signals): Promise<number> {
  const {env} = project.host
  const command = lease
    ? await startCommand(run.argv, {...env, [LEASE_VARIABLE]: lease.id}, `${LEASE_VARIABLE}=${lease.id}`)
    : await startCommand(run.argv, env)
  if ('sentence' in command) {
    run.say(command.sentence)
    return command.code
  }
  signals.handTo(command)
  const over = new AbortController()
  const kept = lease && keepLease(project, {lease, command, over: over.signal, say: run.say})
  const code = await command.ended
  over.abort()
  await kept
  return code
}

async function giveUp({host}: Project, {id}: Lease, run: HeavyRun): Promise<void> {
  try {
    await changeLeases(host, (registry, now) => [releaseLease(registry, id, now), undefined])
  } catch (error) {
    // The command has ended, and the lease ends with it and this process.
    if (!(error instanceof Error)) throw error
    run.say(`The lease ${id} was not released, and ends with this process: ${error.message}`)
  }
}
