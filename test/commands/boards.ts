import path from 'node:path'

import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {openBoard} from '../../src/store/board.ts'
import {projectPaths} from '../../src/store/paths.ts'

const NOW = '2026-01-31T12:00:00.000Z'

/** Puts entries on the board of a repository that has one, as if they had come about there. */
export async function putOnBoard(
  root: string,
  {tasks = [], sessions = []}: {tasks?: Partial<Task>[]; sessions?: Partial<Session>[]},
): Promise<void> {
  await openBoard(projectPaths(root, path.join(root, '.git'))).change(board => {
    const first = board.last_task + 1
    const added = tasks.map((fields, index) => aTask({id: `TASK-${String(first + index).padStart(3, '0')}`, ...fields}))
    const started = sessions.map(fields => aSession({worktree: root, ...fields}))
    return [
      {
        ...board,
        last_task: board.last_task + added.length,
        tasks: [...board.tasks, ...added],
        sessions: [...board.sessions, ...started],
      },
      null,
    ]
  })
}

function aTask(fields: Partial<Task>): Task {
  return {
    id: 'TASK-001',
    title: 'Refuse empty names',
    description: '',
    status: 'todo',
    owner: null,
    priority: 'normal',
    depends_on: [],
    write_scope: [],
    read_scope: [],
    acceptance: [],
    handoff_file: `.codex/handoffs/${fields.id ?? 'TASK-001'}.md`,
    branch: null,
    worktree: null,
    base_commit: null,
    created_at: NOW,
    updated_at: NOW,
    revision: 0,
    ...fields,
  }
}

function aSession(fields: Partial<Session>): Session {
  const name = fields.name ?? 'planner'
  return {
    name,
    role: name === 'planner' ? 'planner' : 'worker',
    task_id: name === 'planner' ? null : name.slice('worker-'.length).toUpperCase(),
    status: 'running',
    backend: 'tmux',
    terminal: null,
    codex_session_id: null,
    prompt_file: `.codex/state/rendered_prompts/${name}.md`,
    worktree: '/nowhere',
    run: `${name}-1`,
    started_at: NOW,
    ended_at: null,
    exit: null,
    ending: null,
    told_revision: 0,
    wake_revision: null,
    wake_at: null,
    idle_revision: null,
    attention: null,
    revision: 0,
    ...fields,
  }
}
