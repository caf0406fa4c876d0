import {type Access, type Caller, mayDo} from './role.ts'

/**
 * What is done in several steps, with its steps in order. Each step may be repeated: whoever goes on after a kill begins with the first that
 * is not noted as done, although its effect may be there already.
 */
export const STEPS = {
  init: ['folders', 'board', 'pages', 'exclude'],
  start: ['claim', 'worktree', 'script', 'terminal', 'up'],
  end: ['wish', 'processes', 'snapshot', 'terminal', 'record'],
  'end-team': ['workers', 'planner', 'dashboard'],
  question: ['record', 'wake', 'end'],
  'hand-back': ['snapshot', 'record', 'wake'],
  answer: ['note', 'deliver', 'record'],
  clean: ['worktrees'],
} as const satisfies Record<string, readonly string[]>

export type Operation = keyof typeof STEPS
export type StepOf<Name extends Operation> = (typeof STEPS)[Name][number]

/** Before these a person may stop the operation: what was done so far is taken back. All else is short, and carried through. */
const STOPS_BEFORE: {readonly [Name in Operation]?: readonly StepOf<Name>[]} = {
  start: ['claim', 'worktree', 'script', 'terminal'],
}

export function canStopBefore(operation: Operation, step: string): boolean {
  const steps: readonly string[] = STOPS_BEFORE[operation] ?? []
  return steps.includes(step)
}

export const OPERATIONS = Object.keys(STEPS) as Operation[]

/** An operation in progress, as it stands on record before its first effect. */
export interface Intent {
  operation: Operation
  steps: readonly string[]
  session: string | null
  task_id: string | null
  /** The start it is about. */
  run: string | null
  /** What the session or the team is to become. */
  status: 'closed' | 'suspended' | null
  /** What is to stand in the handoff, word for word. */
  section: string | null
  /** The task's own when it began: while it is the same, nothing was recorded. */
  revision: number | null
  /** A session's name, or `operator`. */
  by: string
  begun_at: string
}

export type Plan = Pick<Intent, 'operation'> & Partial<Omit<Intent, 'operation' | 'steps' | 'by' | 'begun_at'>>

export function intentOf(plan: Plan, by: string, begun_at: string): Intent {
  const nothing = {session: null, task_id: null, run: null, status: null, section: null, revision: null}
  return {...nothing, ...plan, steps: STEPS[plan.operation], by, begun_at}
}

const ACCESS: Record<Operation, Access> = {
  init: 'operate',
  start: 'plan',
  end: 'plan',
  'end-team': 'operate',
  question: 'plan',
  'hand-back': 'plan',
  answer: 'plan',
  clean: 'operate',
}

/**
 * Whether this caller may go on with what another began: what is its own session's, or what its role could have begun. A cleaning is gone on
 * with by the next one alone.
 */
export function mayFinish(caller: Caller, {operation, session}: Intent): boolean {
  if (operation === 'clean') return false
  if (mayDo(caller.role, ACCESS[operation])) return true
  const own = operation === 'end' || operation === 'question' || operation === 'hand-back'
  return caller.role === 'worker' && own && caller.session === session
}

/** How a person would name it. */
export function intentName(intent: Intent): string {
  return NAMES[intent.operation](intent)
}

const NAMES: Record<Operation, (intent: Intent) => string> = {
  init: () => 'the preparation of .codex/',
  start: ({session}) => `the start of ${session}`,
  end: ({session}) => `the end of ${session}`,
  'end-team': ({status}) => (status === 'suspended' ? 'suspend' : 'shutdown'),
  question: ({session}) => `the question of ${session}`,
  'hand-back': ({task_id}) => `the hand-back of ${task_id}`,
  answer: ({task_id}) => `the answer to ${task_id}`,
  clean: () => 'clean --apply',
}

/** Names the point at which a test has a process kill itself; sessions do not get this variable. */
export const CRASH_AT = 'CODEX_PLANNER_CRASH_AT'
