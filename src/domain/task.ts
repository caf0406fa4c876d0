import {PlannerError} from './errors.ts'
import {requireItems, requireText} from './text.ts'

export const TASK_STATUSES = [
  'todo',
  'in_progress',
  'blocked',
  'needs_input',
  'review_ready',
  'done',
  'cancelled',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export const PRIORITIES = ['low', 'normal', 'high'] as const
export type Priority = (typeof PRIORITIES)[number]

/** One entry of `tasks.yaml`. Times are ISO 8601 in UTC. */
export interface Task {
  id: string
  title: string
  description: string
  status: TaskStatus
  /** The session that works on it, or any name a person gives. */
  owner: string | null
  priority: Priority
  depends_on: string[]
  write_scope: string[]
  read_scope: string[]
  acceptance: string[]
  /** Relative to the repository's root, always directly inside `.codex/handoffs/`. */
  handoff_file: string
  branch: string | null
  /** Absolute. */
  worktree: string | null
  base_commit: string | null
  created_at: string
  updated_at: string
  /** The board's revision at which it last changed. */
  revision: number
}

/** The part of a board that holds tasks. */
export interface TaskBoard {
  /** The highest task number ever given. */
  last_task: number
  tasks: Task[]
}

const MOVES: Record<TaskStatus, readonly TaskStatus[]> = {
  todo: ['in_progress', 'blocked', 'cancelled'],
  in_progress: ['review_ready', 'needs_input', 'blocked', 'todo', 'cancelled'],
  needs_input: ['in_progress', 'todo', 'cancelled'],
  blocked: ['in_progress', 'todo', 'cancelled'],
  review_ready: ['done', 'in_progress', 'cancelled'],
  done: [],
  cancelled: [],
}

export function allowedMoves(from: TaskStatus): readonly TaskStatus[] {
  return MOVES[from]
}

/** Nothing follows it any more. */
export function isFinal(status: TaskStatus): boolean {
  return MOVES[status].length === 0
}

/** Whether a worker starts on it without an answer to pass on. */
export function canStart({status}: Pick<Task, 'status'>): boolean {
  return status === 'todo' || status === 'blocked' || status === 'in_progress'
}

/** Whether a worker that it had goes on with a note. */
export function canGoOn({status}: Pick<Task, 'status'>): boolean {
  return status !== 'todo' && !isFinal(status)
}

/** Staying where one is is allowed. */
export function canMove(task: Task, to: TaskStatus): boolean {
  return task.status === to || MOVES[task.status].includes(to)
}

/** @throws PlannerError INVALID_TRANSITION; staying where one is is allowed */
export function requireMove(task: Task, to: TaskStatus): void {
  if (canMove(task, to)) return
  const allowed = MOVES[task.status]
  const next = allowed.length > 0 ? `From there it can become ${allowed.join(', ')}.` : 'That is final.'
  throw new PlannerError('INVALID_TRANSITION', `${task.id} is ${task.status} and cannot become ${to}. ${next}`, [
    `codex-planner show-task ${task.id}`,
  ])
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireOwner(text: string): string {
  return requireText(text, {field: 'owner', max: 64})
}

const TASK_ID = /^TASK-\d{3,9}$/

/** @throws PlannerError INVALID_ARGUMENT */
export function requireTaskId(text: string): string {
  if (TASK_ID.test(text)) return text
  throw new PlannerError('INVALID_ARGUMENT', 'A task id looks like TASK-001.', ['codex-planner list-tasks'])
}

/** TASK_NOT_FOUND, which the archive may have an answer to. */
export class TaskNotFound extends PlannerError {
  readonly id: string

  constructor(id: string) {
    super('TASK_NOT_FOUND', `There is no task ${id} on this board.`, ['codex-planner list-tasks'])
    this.id = id
  }
}

/** @throws TaskNotFound */
export function taskOf(board: Pick<TaskBoard, 'tasks'>, id: string): Task {
  const task = board.tasks.find(task => task.id === id)
  if (task) return task
  throw new TaskNotFound(id)
}

export interface TaskDraft {
  title: string
  description?: string
  priority?: Priority
  depends_on?: string[]
  write_scope?: string[]
  read_scope?: string[]
  acceptance?: string[]
}

/** @throws PlannerError INVALID_ARGUMENT, TASK_NOT_FOUND (a dependency) */
export function addTask<Board extends TaskBoard>(board: Board, draft: TaskDraft, now: string): [Board, Task] {
  const number = nextNumber(board)
  const id = taskIdOf(number)
  const fields = checkedFields(board, draft)
  const handoff = fields.write_scope.filter(isHandoffScope)
  if (handoff.length > 1) {
    throw new PlannerError('INVALID_ARGUMENT', 'A task has one handoff file; write_scope names more than one.')
  }
  const task: Task = {
    id,
    title: requireText(draft.title, {field: 'title', max: 200}),
    description: fields.description,
    status: 'todo',
    owner: null,
    priority: draft.priority ?? 'normal',
    depends_on: fields.depends_on,
    write_scope: fields.write_scope,
    read_scope: fields.read_scope,
    acceptance: fields.acceptance,
    handoff_file: handoff[0] ?? `.codex/handoffs/${id}.md`,
    branch: null,
    worktree: null,
    base_commit: null,
    created_at: now,
    updated_at: now,
    revision: 0,
  }
  return [{...board, last_task: number, tasks: [...board.tasks, task]}, task]
}

export interface TaskChange {
  title?: string
  description?: string
  status?: TaskStatus
  owner?: string | null
  priority?: Priority
  depends_on?: string[]
  write_scope?: string[]
  read_scope?: string[]
  acceptance?: string[]
  branch?: string
  worktree?: string
  base_commit?: string
}

/** Sets the fields that are given. @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, INVALID_ARGUMENT */
export function changeTask<Board extends TaskBoard>(
  board: Board,
  id: string,
  change: TaskChange,
  now: string,
): [Board, Task] {
  const task = taskOf(board, id)
  if (change.status) requireMove(task, change.status)
  if (change.title !== undefined) requireText(change.title, {field: 'title', max: 200})
  if (typeof change.owner === 'string') requireOwner(change.owner)
  const checked = checkedFields(board, change, task)
  const given = Object.fromEntries(Object.entries({...change}).filter(([, value]) => value !== undefined))
  const changed: Task = {...task, ...given, ...pick(checked, given), updated_at: now}
  return [{...board, tasks: board.tasks.map(other => (other.id === id ? changed : other))}, changed]
}

function pick<Fields extends object>(fields: Fields, given: object): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key in given)) as Partial<Fields>
}

/** What the next task will be called. */
export function nextTaskId(board: TaskBoard): string {
  return taskIdOf(nextNumber(board))
}

function taskIdOf(number: number): string {
  return `TASK-${String(number).padStart(3, '0')}`
}

function nextNumber(board: TaskBoard): number {
  return Math.max(board.last_task, ...board.tasks.map(task => Number(task.id.slice('TASK-'.length)))) + 1
}

type Lists = Pick<Task, 'description' | 'depends_on' | 'write_scope' | 'read_scope' | 'acceptance'>

function checkedFields(board: TaskBoard, draft: Omit<TaskDraft, 'title'>, task?: Task): Lists {
  const description = draft.description ?? ''
  if (description !== '') requireText(description, {field: 'description', max: 65_536, lines: true})
  const depends_on = requireItems(draft.depends_on ?? [], {field: 'depends_on', max: 16, maxItems: 100}).map(
    requireTaskId,
  )
  for (const id of depends_on) taskOf(board, id)
  if (task) requireNoCycle(board, task.id, depends_on)
  return {
    description,
    depends_on: unique(depends_on),
    write_scope: unique(requireScopes(draft.write_scope ?? [], 'write_scope')),
    read_scope: unique(requireScopes(draft.read_scope ?? [], 'read_scope')),
    acceptance: requireItems(draft.acceptance ?? [], {field: 'acceptance', max: 2000, maxItems: 100, lines: true}),
  }
}

function unique(items: string[]): string[] {
  return [...new Set(items)]
}

function requireNoCycle(board: TaskBoard, id: string, dependsOn: string[]): void {
  const seen = new Set<string>()
  const open = [...dependsOn]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === id) throw new PlannerError('INVALID_ARGUMENT', `${id} would depend on itself.`)
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(board.tasks.find(task => task.id === next)?.depends_on ?? []))
  }
}

/** Folders whose content steers tools; no task may be given them to write. */
const PROTECTED = ['.git', '.codex', '.agents']

export function isHandoffScope(scope: string): boolean {
  return /^\.codex\/handoffs\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.md$/.test(scope)
}

/** Scopes are paths or globs relative to the repository's root that stay inside it. */
function requireScopes(scopes: readonly string[], field: string): string[] {
  return requireItems(scopes, {field, max: 512, maxItems: 100}).map(scope => requireScope(scope, field))
}

function requireScope(scope: string, field: string): string {
  const parts = scope.split('/')
  if (scope.startsWith('/') || scope.startsWith('~') || parts.includes('..')) {
    throw new PlannerError(
      'INVALID_ARGUMENT',
      `${field} holds ${JSON.stringify(scope)}; a scope is relative to the repository and stays inside it.`,
    )
  }
  const first = parts.find(part => part !== '.')
  if (
    field === 'write_scope' &&
    first !== undefined &&
    PROTECTED.includes(first.toLowerCase()) &&
    !isHandoffScope(scope)
  ) {
    throw new PlannerError(
      'INVALID_ARGUMENT',
      `${field} holds ${JSON.stringify(scope)}; ${PROTECTED.join(', ')} are not for workers.`,
    )
  }
  return scope
}

/** Tasks whose dependencies are all done and that nobody works on. */
export function isReady(board: TaskBoard, task: Task): boolean {
  return (
    task.status === 'todo' && task.depends_on.every(id => board.tasks.find(other => other.id === id)?.status === 'done')
  )
}

/** Letters that are no other letter with a mark on it. */
const SPELT_OUT = new Map(Object.entries({ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i'}))

/** A branch of ours: from the id and the letters of the title, never the title itself. */
export function branchName(task: Task): string {
  const slug = task.title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]/g, letter => SPELT_OUT.get(letter) ?? letter)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return `codex/${task.id.toLowerCase()}${slug === '' ? '' : `-${slug}`}`
}
