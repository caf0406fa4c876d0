import type * as Valibot from 'valibot'

import {SESSION_STATUSES, type Session} from '../domain/session.ts'
import {isHandoffScope, PRIORITIES, TASK_STATUSES, type Task} from '../domain/task.ts'

/** What a board file holds, whole: defaults are filled in. */
export interface Contents {
  revision: number
  last_task: number
  tasks: Task[]
  sessions: Session[]
}

type Nullable<Shape, Keys extends keyof Shape> = Omit<Shape, Keys> & {[Key in Keys]: Shape[Key] | null}

type FileTask = Nullable<Task, 'handoff_file' | 'created_at' | 'updated_at'>
type FileSession = Nullable<Session, 'role'>

/** What a board file says by itself: null stands where only the file's age or another key tells what is meant. */
export interface FileContents {
  revision: number
  last_task?: number
  tasks?: FileTask[]
  sessions?: FileSession[]
}

/** Counts what the schemas below make of the same text: raise it with every change of that. */
export const SHAPE = 1

export interface BoardSchemas {
  tasks: Valibot.GenericSchema<unknown, FileContents>
  sessions: Valibot.GenericSchema<unknown, FileContents>
  /** The keys that are known at a place: '' is the file itself. */
  known: {tasks: Record<string, string[]>; sessions: Record<string, string[]>}
}

/** A message of the schema says what is accepted. */
export async function boardSchemas(): Promise<BoardSchemas> {
  const v = await import('valibot')
  const tasks = tasksShape(v)
  const sessions = sessionsShape(v)
  return {
    tasks: tasks.file,
    sessions: sessions.file,
    known: {
      tasks: {'': Object.keys(tasks.file.entries), tasks: Object.keys(tasks.record.entries)},
      sessions: {
        '': Object.keys(sessions.file.entries),
        sessions: Object.keys(sessions.record.entries),
        exit: Object.keys(sessions.exit.entries),
        ending: Object.keys(sessions.ending.entries),
      },
    },
  }
}

/** `writtenAt` stands in for times that a person left out. */
export function completed(
  {revision, last_task, tasks, sessions}: FileContents,
  writtenAt: string,
): Partial<Contents> & {revision: number} {
  return {
    revision,
    ...(last_task === undefined ? {} : {last_task}),
    ...(tasks === undefined ? {} : {tasks: tasks.map(entry => completeTask(entry, writtenAt))}),
    ...(sessions === undefined ? {} : {sessions: sessions.map(completeSession)}),
  }
}

function completeTask(entry: FileTask, writtenAt: string): Task {
  return {
    ...entry,
    handoff_file: entry.handoff_file ?? `.codex/handoffs/${entry.id}.md`,
    created_at: entry.created_at ?? writtenAt,
    updated_at: entry.updated_at ?? entry.created_at ?? writtenAt,
  }
}

function completeSession(entry: FileSession): Session {
  const number = /^worker-task-(\d+)$/.exec(entry.name)?.[1]
  return {
    ...entry,
    role: entry.role ?? (entry.name === 'planner' ? 'planner' : 'worker'),
    task_id: entry.task_id ?? (number === undefined ? null : `TASK-${number}`),
  }
}

type Library = typeof Valibot

function words(v: Library) {
  const text = v.string('text')
  const matching = (pattern: RegExp, accepted: string) => v.pipe(v.string('text'), v.regex(pattern, accepted))
  const count = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'), v.minValue(0, 'a whole number'))
  const taskId = matching(/^TASK-\d{3,9}$/, 'a task id such as TASK-001')
  return {
    text,
    matching,
    count,
    taskId,
    title: matching(/\S/, 'text that is not blank'),
    texts: v.nullish(v.array(text, 'a list of texts'), () => []),
    maybe: v.nullish(text, null),
    folder: matching(/^\/[^\0\n]*$/, 'an absolute folder'),
    time: matching(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?$/, 'a time in UTC such as 2026-01-31T12:00:00Z'),
    choice: <const Options extends readonly string[]>(options: Options) => v.picklist(options, options.join(', ')),
    format: v.optional(v.literal(1, '1, the format this version of codex-planner knows')),
  }
}

function tasksShape(v: Library) {
  const {text, count, taskId, title, texts, maybe, folder, time, choice, format} = words(v)
  const record = v.strictObject(
    {
      id: taskId,
      title,
      description: v.nullish(text, ''),
      status: v.nullish(choice(TASK_STATUSES), 'todo'),
      owner: maybe,
      priority: v.nullish(choice(PRIORITIES), 'normal'),
      depends_on: v.nullish(v.array(taskId, 'a list of task ids'), () => []),
      write_scope: texts,
      read_scope: texts,
      acceptance: texts,
      handoff_file: v.nullish(
        v.pipe(
          text,
          v.check(isHandoffScope, 'a page directly inside .codex/handoffs/, such as .codex/handoffs/TASK-001.md'),
        ),
        null,
      ),
      branch: maybe,
      worktree: v.nullish(folder, null),
      base_commit: v.nullish(v.pipe(text, v.regex(/^[0-9a-f]{40,64}$/, 'a full commit id')), null),
      created_at: v.nullish(time, null),
      updated_at: v.nullish(time, null),
      revision: v.nullish(count, 0),
    },
    'the keys of a task',
  )
  const file = v.strictObject(
    {
      format,
      revision: v.nullish(count, 0),
      last_task: v.nullish(count, 0),
      tasks: v.nullish(v.array(record, 'a list of tasks'), () => []),
    },
    'the keys revision, last_task and tasks',
  )
  return {file, record}
}

const PROMPT_FILE = /^\.codex\/state\/rendered_prompts\/[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.md$/

function sessionsShape(v: Library) {
  const {text, matching, count, taskId, maybe, folder, time, choice, format} = words(v)
  const code = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'))
  const exit = v.strictObject({code: v.nullish(code, null), at: time}, 'the keys code and at')
  const ending = v.strictObject(
    {
      status: choice(['closed', 'suspended']),
      task_status: v.nullish(choice(TASK_STATUSES), null),
      asked_at: time,
      asked_by: v.nullish(text, 'operator'),
    },
    'the keys status, task_status, asked_at and asked_by',
  )
  const place = v.union([text, v.pipe(v.number(), v.finite())], 'text or a number')
  const record = v.strictObject(
    {
      name: matching(/^(planner|worker-task-\d{3,9})$/, 'planner or a name such as worker-task-001'),
      role: v.nullish(choice(['planner', 'worker']), null),
      task_id: v.nullish(taskId, null),
      status: choice(SESSION_STATUSES),
      backend: matching(/^[a-z][a-z0-9-]{0,31}$/, 'the name of a terminal, such as tmux'),
      terminal: v.nullish(v.record(text, place, 'keys and values'), null),
      codex_session_id: v.nullish(
        matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'the UUID of a Codex conversation'),
        null,
      ),
      prompt_file: v.nullish(matching(PROMPT_FILE, 'a page directly inside .codex/state/rendered_prompts/'), null),
      worktree: folder,
      run: matching(/^[a-z0-9][a-z0-9-]{0,63}$/, 'small letters, digits and dashes'),
      started_at: time,
      ended_at: v.nullish(time, null),
      exit: v.nullish(exit, null),
      ending: v.nullish(ending, null),
      told_revision: v.nullish(count, 0),
      wake_revision: v.nullish(count, null),
      wake_at: v.nullish(time, null),
      idle_revision: v.nullish(count, null),
      attention: maybe,
      revision: v.nullish(count, 0),
    },
    'the keys of a session',
  )
  const file = v.strictObject(
    {
      format,
      revision: v.nullish(count, 0),
      sessions: v.nullish(v.array(record, 'a list of sessions'), () => []),
    },
    'the keys revision and sessions',
  )
  return {file, record, exit, ending}
}
