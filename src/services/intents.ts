import {PlannerError} from '../domain/errors.ts'
import {canStopBefore, type Intent, intentName, intentOf, type Operation, type Plan, STEPS} from '../domain/intent.ts'
import {processState} from '../domain/status.ts'
import {fileFaultOf} from '../store/file-error.ts'
import {
  beginIntent,
  endIntent,
  giveUpIntent,
  noteStep,
  readIntents,
  type StandingIntent,
  type StandingIntents,
} from '../store/intents.ts'
import {crashPoint} from '../system/crash-point.ts'
import {identify, probeProcess} from '../system/process.ts'
import {stopAsked} from '../system/stop.ts'
import type {Project} from './project.ts'

/**
 * Carries out an operation whose steps are on record before the first of them: `work` gets a project whose `step` notes each one. A refusal
 * has taken back what it had to, so it ends the intent; a fault leaves it to the next command, as a kill does.
 */
export async function undertake<Value>(
  project: Project,
  plan: Plan,
  work: (project: Project) => Promise<Value>,
): Promise<Value> {
  const intent = intentOf(plan, project.author, project.host.now())
  const id = await beginIntent(project.paths, intent, identify(process.pid))
  crashPoint(project.host.env, `${plan.operation}/begin`)
  let isOver = false
  try {
    const value = await work({...project, step: stepsOf(project, intent, id)})
    isOver = true
    return value
  } catch (error) {
    isOver = error instanceof PlannerError && fileFaultOf(error.cause) === undefined
    throw error
  } finally {
    await (isOver ? endIntent : giveUpIntent)(project.paths, id)
  }
}

/** @throws PlannerError INTERRUPTED */
function requireGoOn(name: string): void {
  const signal = stopAsked()
  if (signal) throw new PlannerError('INTERRUPTED', `Stopped by ${signal}; ${name} is taken back, and nothing is lost.`)
}

function stepsOf(project: Project, intent: Intent, id: string): Project['step'] {
  const {operation} = intent
  const known: readonly string[] = STEPS[operation]
  return async (name, effect) => {
    if (!known.includes(name)) throw new TypeError(`${operation} has no step ${name}.`)
    if (canStopBefore(operation, name)) requireGoOn(intentName(intent))
    const value = await effect()
    crashPoint(project.host.env, `${operation}/${name}`)
    await noteStep(project.paths, id, name)
    return value
  }
}

/** Intents that nobody carries out any more, newest first: their owner gave them up, or is proven gone. */
export async function staleIntents({paths}: Project): Promise<StandingIntents> {
  const {standing, unreadable} = await readIntents(paths)
  const isStale = ({owner}: StandingIntent) => owner === null || processState(owner, probeProcess(owner.pid)) === 'gone'
  return {standing: standing.filter(isStale), unreadable}
}

/** Ends the stale intents of an operation that has been gone on with. */
export async function endStale(project: Project, operation: Operation): Promise<void> {
  for (const {id, intent} of (await staleIntents(project)).standing)
    if (intent.operation === operation) await endIntent(project.paths, id)
}
