import {type Intent, intentName, mayFinish, type Operation} from '../domain/intent.ts'
import {isActive, type Session} from '../domain/session.ts'
import {endIntent, giveUpIntent, type StandingIntent, takeOverIntent} from '../store/intents.ts'
import {forgetRun, readRun} from '../store/runs.ts'
import {identify} from '../system/process.ts'
import {again, finishAnswer} from './answer.ts'
import {makeFiles} from './bootstrap.ts'
import {carryOutWish} from './ending.ts'
import {factsOf} from './evidence.ts'
import {finishHandBack} from './hand-back.ts'
import {staleIntents} from './intents.ts'
import type {Project} from './project.ts'
import {finishQuestion} from './question.ts'
import {settle} from './settle.ts'
import {finishEndOfTeam} from './team.ts'

/**
 * Finishes what was cut short, or takes it back, as far as the caller may and as far as nothing is unknown. Returns what was done, a sentence
 * each.
 */
export async function finishIntents(project: Project): Promise<string[]> {
  const {standing: stale} = await staleIntents(project)
  const told: string[] = []
  for (const standing of stale) {
    if (!mayFinish(project.caller, standing.intent)) continue
    if (!(await takeOverIntent(project.paths, standing, identify(process.pid)))) continue
    const outcome = await finishOne(project, standing)
    const {operation, session, task_id: task, by, begun_at} = standing.intent
    await project.trace('reconcile', {operation, session, task, asked_by: by, begun_at, outcome})
    told.push(sentence(standing.intent, outcome))
  }
  return told
}

type Outcome = 'finished' | 'taken back' | 'left'

async function finishOne(project: Project, standing: StandingIntent): Promise<Outcome> {
  let outcome: Outcome = 'left'
  try {
    outcome = await FINISHERS[standing.intent.operation](project, standing)
    return outcome
  } finally {
    // Whatever stopped it, the next command finds it as this one did.
    await (outcome === 'left' ? giveUpIntent : endIntent)(project.paths, standing.id)
  }
}

const FINISHERS: Record<Operation, (project: Project, standing: StandingIntent) => Promise<Outcome>> = {
  init: async project => {
    await makeFiles(project)
    return 'finished'
  },
  start: (project, {intent}) => finishStart(project, intent),
  end: (project, {intent}) => finishEnd(project, intent),
  'end-team': async (project, {intent}) => ((await finishEndOfTeam(project, intent)) ? 'finished' : 'taken back'),
  question: async (project, {intent}) => {
    await finishQuestion(project, intent)
    return 'finished'
  },
  'hand-back': async (project, {intent}) => {
    await finishHandBack(project, intent)
    return 'finished'
  },
  answer: async (project, {intent, done}) => ((await finishAnswer(project, intent, done)) ? 'finished' : 'taken back'),
  // Only the command itself removes anything; see `mayFinish`.
  clean: async () => 'left',
}

/** A start that nobody has claimed is taken back; one that runs is adopted. */
async function finishStart(project: Project, {run}: Intent): Promise<Outcome> {
  const session = await recordOfRun(project, run)
  if (!session) {
    if (run !== null) await forgetRun(project.paths, run)
    return 'taken back'
  }
  if (!isActive(session)) return (await readRun(project.paths, session.run)).hello ? 'finished' : 'taken back'
  const [facts] = await factsOf(project, [session])
  const settled = facts ? await settle(project, facts) : 'unknown'
  if (settled === 'unknown') return 'left'
  return settled === 'runs' ? 'finished' : 'taken back'
}

/** A wish that was put on record is carried out; without one nothing had been done. */
async function finishEnd(project: Project, {run}: Intent): Promise<Outcome> {
  const session = await recordOfRun(project, run)
  if (!session) return 'taken back'
  if (!isActive(session)) return 'finished'
  if (session.ending === null) return 'taken back'
  await carryOutWish(project, session.run)
  return 'finished'
}

async function recordOfRun(project: Project, run: string | null): Promise<Session | undefined> {
  return (await project.board.read()).sessions.find(session => session.run === run)
}

/** What a person should know of an intent that an earlier command left. */
function sentence(intent: Intent, outcome: Outcome): string {
  const name = intentName(intent)
  const cut = `${name.charAt(0).toUpperCase()}${name.slice(1)} was cut short`
  if (outcome === 'finished') return `${cut} and is finished now.`
  if (outcome === 'left') return `${cut} and still is; ${wayOn(intent)}`
  return `${cut} and is taken back. Nothing is lost; ${wayOn(intent)}`
}

/** What goes on with it. */
function wayOn({operation, session, task_id, status}: Intent): string {
  switch (operation) {
    case 'clean':
      return 'codex-planner clean --apply goes on.'
    case 'answer':
      return `give it again: ${again(task_id ?? '')}`
    case 'end':
      return `close it again: codex-planner close-session ${session}`
    case 'end-team':
      return `give it again: codex-planner ${status === 'suspended' ? 'suspend' : 'shutdown'}`
    default:
      return 'give the same command again.'
  }
}
