import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {newHandoff} from '../domain/handoff.ts'
import {
  addTask,
  changeTask,
  isFinal,
  isReady,
  requireOwner,
  TASK_STATUSES,
  type Task,
  type TaskChange,
  type TaskDraft,
  type TaskStatus,
  taskOf,
} from '../domain/task.ts'
import {jsonBytes} from '../domain/text.ts'
import {ensureHandoff} from '../store/handoffs.ts'
import type {Project} from './project.ts'
import {refreshDashboard} from './terminals.ts'

/** @throws PlannerError INVALID_ARGUMENT, TASK_NOT_FOUND */
export async function createTask(project: Project, draft: TaskDraft): Promise<Task> {
  const {board, value: id} = await project.board.change(
    board => {
      const [changed, task] = addTask(board, draft, project.host.now())
      return [changed, task.id]
    },
    async (board, id) => {
      const task = taskOf(board, id)
      await ensureHandoff(project.paths, task.handoff_file, newHandoff(task))
    },
  )
  await project.trace('create-task', {task: id})
  return taskOf(board, id)
}

/** What a call to update a task asks for; lists are added to, unless they are cleared first. */
export interface TaskUpdate {
  set: Pick<TaskChange, 'title' | 'description' | 'status' | 'owner' | 'priority'>
  add: Partial<Pick<Task, ListField>>
  clear: ListField[]
}

export const LIST_FIELDS = ['depends_on', 'write_scope', 'read_scope', 'acceptance'] as const
export type ListField = (typeof LIST_FIELDS)[number]

/** Makes its handoff again as well, if that is gone. @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, INVALID_ARGUMENT */
export async function updateTask(project: Project, id: string, {set, add, clear}: TaskUpdate): Promise<Task> {
  const {board} = await project.board.change(
    board => {
      const change = {...set, ...changedLists(taskOf(board, id), {add, clear})}
      const isEmpty = Object.values(change).every(value => value === undefined)
      return [isEmpty ? board : changeTask(board, id, change, project.host.now())[0], null]
    },
    async board => {
      const task = taskOf(board, id)
      await ensureHandoff(project.paths, task.handoff_file, newHandoff(task))
    },
  )
  const task = taskOf(board, id)
  await project.trace('update-task', {task: id, status: task.status})
  if (set.status) await refreshDashboard(project, board)
  return task
}

function changedLists(task: Task, {add, clear}: Pick<TaskUpdate, 'add' | 'clear'>): TaskChange {
  const lists: TaskChange = {}
  for (const field of LIST_FIELDS) {
    const kept = clear.includes(field) ? [] : task[field]
    const added = add[field] ?? []
    if (added.length > 0 || clear.includes(field)) lists[field] = [...kept, ...added]
  }
  return lists
}

export interface TaskQuery {
  statuses: readonly TaskStatus[]
  owner?: string | undefined
  /** Only tasks that a worker could start on now. */
  ready: boolean
  /** Done and cancelled ones too. */
  all: boolean
  limit?: number | undefined
  /** Of the serialized answer; null for no bound. */
  maxBytes: number | null
  cursor?: string | undefined
}

/** A task as an answer of bounded size can show it. */
export type ShownTask = Task & {omitted?: string[]}

export interface TaskPage {
  tasks: ShownTask[]
  /** How many match, on all pages. */
  total: number
  /** Of the whole board; with the archive, where the query asks for finished tasks. */
  by_status: Partial<Record<TaskStatus, number>>
  next_cursor: string | null
}

/** @throws PlannerError CURSOR_INVALID, INVALID_ARGUMENT */
export async function listTasks(project: Project, query: TaskQuery): Promise<TaskPage> {
  if (query.owner !== undefined) requireOwner(query.owner)
  const board = await project.board.read()
  if (!query.all && !query.statuses.some(isFinal)) return selectTasks(board, query)
  return selectTasks({...board, tasks: [...board.tasks, ...(await project.board.archivedTasks())]}, query)
}

/** On the board or in the archive. @throws PlannerError TASK_NOT_FOUND */
export async function findTask(project: Project, id: string): Promise<Task> {
  const {tasks} = await project.board.read()
  const isWanted = (task: Task) => task.id === id
  return tasks.find(isWanted) ?? taskOf({tasks: (await project.board.archivedTasks()).filter(isWanted)}, id)
}

/** Pages go by task number, so a page stays right while tasks come and go. */
export function selectTasks(board: Board, query: TaskQuery): TaskPage {
  const matching = board.tasks.filter(task => {
    if (query.statuses.length > 0 && !query.statuses.includes(task.status)) return false
    if (query.statuses.length === 0 && !query.all && isFinal(task.status)) return false
    if (query.owner !== undefined && task.owner !== query.owner) return false
    return !query.ready || isReady(board, task)
  })
  const ordered = matching.toSorted((a, b) => number(a.id) - number(b.id))
  const after = query.cursor === undefined ? 0 : cursorNumber(query.cursor)
  const rest = ordered.filter(task => number(task.id) > after)
  const tasks = fittingPage(rest.slice(0, query.limit), query.maxBytes)
  const counted = TASK_STATUSES.map(
    status => [status, board.tasks.filter(task => task.status === status).length] as const,
  )
  return {
    tasks,
    total: matching.length,
    by_status: Object.fromEntries(counted.filter(([, count]) => count > 0)),
    next_cursor: rest.length > tasks.length ? (tasks.at(-1)?.id ?? null) : null,
  }
}

/** Room for the counts and the cursor beside the tasks. */
const ENVELOPE_BYTES = 600

function fittingPage(tasks: readonly Task[], maxBytes: number | null): ShownTask[] {
  if (maxBytes === null) return [...tasks]
  const page: ShownTask[] = []
  let left = maxBytes - ENVELOPE_BYTES
  for (const task of tasks) {
    const shown = fittingTask(task, maxBytes / 4)
    left -= jsonBytes(shown) + 1
    if (left < 0 && page.length > 0) break
    page.push(shown)
  }
  return page
}

/** A task with its longest texts left out until it fits; what is missing is named. */
export function fittingTask(task: Task, maxBytes: number | null): ShownTask {
  if (maxBytes === null) return task
  const omitted: string[] = []
  let shown: ShownTask = task
  for (const field of ['description', 'acceptance', 'read_scope', 'write_scope', 'depends_on'] as const) {
    if (jsonBytes(shown) <= maxBytes) break
    if (task[field].length === 0) continue
    omitted.push(field)
    shown = {...shown, [field]: field === 'description' ? '' : [], omitted}
  }
  return shown
}

function number(id: string): number {
  return Number(id.slice('TASK-'.length))
}

function cursorNumber(cursor: string): number {
  if (/^TASK-\d{3,9}$/.test(cursor)) return number(cursor)
  throw foreignCursor('list-tasks')
}

export function foreignCursor(command: string): PlannerError {
  return new PlannerError(
    'CURSOR_INVALID',
    'That cursor is not from this list; leave it out to start from the beginning.',
    [`codex-planner ${command}`],
  )
}
