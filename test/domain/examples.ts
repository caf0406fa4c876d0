import {expect} from 'chai'

import type {Board} from '../../src/domain/board.ts'
import {type ErrorCode, PlannerError} from '../../src/domain/errors.ts'
import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'

export const NOW = '2026-01-31T12:00:00Z'

export function aTask(fields: Partial<Task> = {}): Task {
  return {
    id: 'TASK-001',
    title: 'Write the parser',
    description: '',
    status: 'todo',
    owner: null,
    priority: 'normal',
    depends_on: [],
    write_scope: [],
    read_scope: [],
    acceptance: [],
    handoff_file: '.codex/handoffs/TASK-001.md',
    branch: null,
    worktree: null,
    base_commit: null,
    created_at: NOW,
    updated_at: NOW,
    revision: 1,
    ...fields,
  }
}

export function aWorker(fields: Partial<Session> = {}): Session {
  return {
    name: 'worker-task-001',
    role: 'worker',
    task_id: 'TASK-001',
    status: 'running',
    backend: 'tmux',
    terminal: {window: 'worker-task-001-1'},
    codex_session_id: null,
    prompt_file: '.codex/state/rendered_prompts/worker-task-001-1.md',
    worktree: '/srv/project-worktrees/task-001',
    run: 'worker-task-001-1',
    started_at: NOW,
    ended_at: null,
    exit: null,
    ending: null,
    told_revision: 0,
    wake_revision: null,
    wake_at: null,
    idle_revision: null,
    attention: null,
    revision: 1,
    ...fields,
  }
}

export function aPlanner(fields: Partial<Session> = {}): Session {
  return aWorker({
    name: 'planner',
    role: 'planner',
    task_id: null,
    run: 'planner-1',
    worktree: '/srv/project',
    ...fields,
  })
}

export function aBoard(fields: Partial<Board> = {}): Board {
  return {revision: 1, last_task: 1, tasks: [], sessions: [], ...fields}
}

/** What a refused call says. */
export function refusalOf(call: () => unknown): PlannerError {
  try {
    call()
  } catch (error) {
    if (error instanceof PlannerError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

/** Text with hidden characters, without any in this file. */
export function character(...codes: number[]): string {
  return String.fromCodePoint(...codes)
}

export function expectRefusal(call: () => unknown, code: ErrorCode, message: string): void {
  const {code: told, message: sentence} = refusalOf(call)
  expect({code: told, message: sentence}).to.deep.equal({code, message})
}
