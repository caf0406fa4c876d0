import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

import type {Session} from '../../src/domain/session.ts'
import {type BoardStore, initBoard, openBoard} from '../../src/store/board.ts'
import {type ProjectPaths, projectPaths} from '../../src/store/paths.ts'

const made: string[] = []

/** A folder that looks like a repository, removed when the file's tests are done. */
export async function tempProject(): Promise<ProjectPaths> {
  const root = await mkdtemp(join(tmpdir(), 'store-'))
  made.push(root)
  await mkdir(join(root, '.git'))
  return projectPaths(root, join(root, '.git'))
}

export async function tempBoard(): Promise<{paths: ProjectPaths; board: BoardStore}> {
  const paths = await tempProject()
  await initBoard(paths)
  return {paths, board: openBoard(paths)}
}

export async function removeTempProjects(): Promise<void> {
  // A script that has just been killed may still be writing.
  const options = {recursive: true, force: true, maxRetries: 10, retryDelay: 50}
  for (const root of made.splice(0)) await rm(root, options)
}

export const NOW = '2026-01-31T12:00:00Z'

export function aSession(fields: Partial<Session> = {}): Session {
  return {
    name: 'planner',
    role: 'planner',
    task_id: null,
    status: 'running',
    backend: 'tmux',
    terminal: null,
    codex_session_id: null,
    prompt_file: '.codex/state/rendered_prompts/planner.md',
    worktree: '/srv/project',
    run: 'planner-1',
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

/** What a refused call says: its code, its sentence, and the commands to paste. */
export async function refusal(work: Promise<unknown>): Promise<{code: unknown; message: string; suggestions: unknown}> {
  try {
    await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'suggestions' in error) {
      return {code: error.code, message: error.message, suggestions: error.suggestions}
    }
    throw error
  }
  throw new Error('It was not refused.')
}
