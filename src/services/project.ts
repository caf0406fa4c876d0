import {realpathSync} from 'node:fs'

import {PlannerError} from '../domain/errors.ts'
import type {Caller} from '../domain/role.ts'
import {shortened} from '../domain/text.ts'
import {type BoardStore, openBoard} from '../store/board.ts'
import {appendEvent} from '../store/event-log.ts'
import {type ProjectPaths, projectPaths} from '../store/paths.ts'
import type {Git} from '../system/git.ts'
import {isNodeError} from '../system/node-error.ts'
import type {Host} from './host.ts'

/** A repository and its `.codex/`, as one caller sees it. */
export interface Project {
  readonly host: Host
  readonly caller: Caller
  /** The primary worktree's root. */
  readonly root: string
  readonly commonDir: string
  /** Short and unique on this host, for names of terminals. */
  readonly key: string
  readonly paths: ProjectPaths
  readonly board: BoardStore
  readonly git: Git
  /** Who does it, for records: a session's name, or the operator. */
  readonly author: string
  /** Takes one sentence that a person should read although the call goes well. */
  readonly warn: Warn
  /** Carries out one step of the operation this project was given for, and notes it; without one it only carries it out. */
  step<Value>(name: string, effect: () => Promise<Value>): Promise<Value>
  /** Leaves a line in the trace; a trace that cannot be written stops nothing. */
  trace(event: string, details?: Record<string, unknown>): Promise<void>
}

/** @throws PlannerError NOT_A_REPOSITORY, BARE_REPOSITORY, REPO_NOT_ALLOWED */
export async function openProject(host: Host, folder: string, caller: Caller, warn: Warn): Promise<Project> {
  const git = host.git()
  const {root, commonDir} = await git.repository(existing(folder))
  if (caller.role === 'worker' && caller.project !== null && caller.project !== root) {
    throw new PlannerError(
      'REPO_NOT_ALLOWED',
      `${caller.session} belongs to ${caller.project} and cannot act on another repository.`,
    )
  }
  const paths = projectPaths(root, commonDir)
  const author = caller.session ?? caller.role
  return {
    host,
    caller,
    root,
    commonDir,
    get key() {
      return paths.key
    },
    paths,
    board: saying(openBoard(paths), warn),
    git,
    author,
    warn,
    step: (_name, effect) => effect(),
    trace: async (event, details = {}) => {
      await appendEvent(paths, {at: host.now(), event, by: author, ...details})
    },
  }
}

export type Warn = (sentence: string) => void

/** Passes on, once each, what the board found out about earlier writes, such as a save of an older version. */
function saying(board: BoardStore, warn: Warn): BoardStore {
  const said = new Set<string>()
  const say = (sentences: readonly string[]) => {
    for (const sentence of sentences.filter(sentence => !said.has(sentence))) warn(sentence)
    for (const sentence of sentences) said.add(sentence)
  }
  return {
    look: () => board.look(),
    archivedTasks: () => board.archivedTasks(),
    archivedStarts: () => board.archivedStarts(),
    read: async () => {
      const {board: read, warnings} = await board.look()
      say(warnings)
      return read
    },
    change: async (decide, alongside) => {
      const changed = await board.change(decide, alongside)
      say(changed.warnings)
      return changed
    },
  }
}

function existing(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    if (!isNodeError(error)) throw error
    throw new PlannerError('NOT_A_REPOSITORY', `There is no folder ${shortened(folder, 1000)}.`, [], {cause: error})
  }
}
