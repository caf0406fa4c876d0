import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import path from 'node:path'

import type {Board} from '../domain/board.ts'
import {PlannerError} from '../domain/errors.ts'
import {newHandoff} from '../domain/handoff.ts'
import {fenced, renderTemplate, taskAsData} from '../domain/prompt.ts'
import {WORKER_TEMPLATE, workerRole} from '../domain/prompts/worker.ts'
import {addSession, isActive, latestSession, type Session, workerName} from '../domain/session.ts'
import {branchName, changeTask, requireMove, type Task, taskOf} from '../domain/task.ts'
import {ensureHandoff} from '../store/handoffs.ts'
import {readPage} from '../store/pages.ts'
import {ensureTemplate, readTemplate} from '../store/prompts.ts'
import {probeLoad} from '../system/load-probe.ts'
import {factsOf} from './evidence.ts'
import type {Project} from './project.ts'
import {settle} from './settle.ts'
import {newSession, startSession} from './start.ts'
import {backendFor, refreshDashboard} from './terminals.ts'

export interface Spawned {
  session: Session
  task: Task
  already_running: boolean
}

/** The states from which a worker starts on a task without an answer to pass on. */
const STARTABLE = ['todo', 'blocked', 'in_progress']

/** @throws PlannerError TASK_NOT_FOUND, INVALID_TRANSITION, DEPENDENCY_NOT_READY, WORKER_DEFERRED, START_FAILED, … */
export async function spawnWorker(project: Project, taskId: string, {force}: {force: boolean}): Promise<Spawned> {
  let board = await project.board.read()
  const name = workerName(taskId)
  taskOf(board, taskId)
  const running = await runningSession(project, board, name)
  if (running) return {session: running, task: taskOf(await project.board.read(), taskId), already_running: true}
  board = await project.board.read()
  const task = taskOf(board, taskId)
  requireStartable(task)
  await requireUntrackedState(project)
  await requireAdmission(project, board, task)
  const base = task.base_commit ?? (await baseCommit(project))
  if (!force) await requireDependencies(project, board, task, base)
  const {session, task: claimed} = await claim(project, board, task, base, null)
  if (!claimed) return {session, task: taskOf(await project.board.read(), taskId), already_running: true}
  await prepareWorktree(project, claimed)
  await startWorker(project, session, claimed, await firstPrompt(project, session, claimed))
  const after = await project.board.read()
  await refreshDashboard(project, after)
  return {session: latestSession(after, name) ?? session, task: taskOf(after, taskId), already_running: false}
}

/**
 * The active session of that name, if it really runs. @throws PlannerError SESSION_UNKNOWN when that cannot be told, so that no second
 * one is ever started beside it
 */
export async function runningSession(project: Project, board: Board, name: string): Promise<Session | undefined> {
  const session = latestSession(board, name)
  if (!session || !isActive(session)) return undefined
  const [facts] = await factsOf(project, [session])
  if (!facts) return undefined
  const settled = await settle(project, facts)
  if (settled === 'runs') return latestSession(await project.board.read(), name)
  if (settled === 'ended') return undefined
  throw new PlannerError(
    'SESSION_UNKNOWN',
    `Whether ${name} still runs cannot be told (${facts.process.source}), so nothing is started beside it.`,
    ['codex-planner list-sessions'],
  )
}

/**
 * Puts the start on the board: from here on nobody else starts this worker. Without a task when another call was faster; then the session is
 * that call's.
 */
export async function claim(
  project: Project,
  board: Board,
  task: Task,
  base: string,
  conversation: string | null,
): Promise<{session: Session; task: Task | null}> {
  const worktree = task.worktree ?? path.join(worktreesFolder(project), task.id.toLowerCase())
  const session = await newSession(project, {
    role: 'worker',
    name: workerName(task.id),
    taskId: task.id,
    cwd: worktree,
    conversation,
    backend: await backendFor(project, board),
    toldRevision: 0,
  })
  const {board: after, value: faster} = await project.board.change(current => {
    const other = latestSession(current, session.name)
    if (other && isActive(other)) return [current, other]
    const branch = task.branch ?? branchName(task)
    const place = {worktree, branch, base_commit: base}
    return [changeTask(addSession(current, session), task.id, place, project.host.now())[0], null]
  })
  if (faster) return {session: faster, task: null}
  return {session, task: taskOf(after, task.id)}
}

/** Starts a claimed worker with a prompt. */
export async function startWorker(project: Project, session: Session, task: Task, prompt: string): Promise<Session> {
  return startSession(project, session, {
    role: 'worker',
    name: session.name,
    taskId: task.id,
    cwd: session.worktree,
    conversation: session.codex_session_id,
    prompt,
    developerInstructions: workerRole({
      session: session.name,
      taskId: task.id,
      root: project.root,
      worktree: session.worktree,
      cli: project.paths.shim,
    }),
    model: project.host.config.worker_model,
    backend: await backendFor(project, await project.board.read()),
    toldRevision: 0,
  })
}

function worktreesFolder(project: Project): string {
  const base = project.host.config.worktrees_base_dir
  return base === null ? `${project.root}-worktrees` : path.join(base, project.key)
}

function requireStartable(task: Task): void {
  if (STARTABLE.includes(task.status)) return
  if (task.status === 'needs_input' || task.status === 'review_ready') {
    throw new PlannerError(
      'INVALID_TRANSITION',
      `${task.id} is ${task.status}: its worker waits for an answer, not for a start.`,
      [`codex-planner resume-task ${task.id} --note 'what to do next'`],
    )
  }
  requireMove(task, 'in_progress')
}

async function baseCommit(project: Project): Promise<string> {
  const commit = await project.git.commit(project.root, 'HEAD')
  if (commit !== null) return commit
  throw new PlannerError('NO_COMMIT', `${project.root} has no commit yet, so a worker has nothing to start from.`, [
    `git -C ${project.root} commit --allow-empty -m 'First commit'`,
  ])
}

async function requireUntrackedState(project: Project): Promise<void> {
  const tracked = await project.git.tracked(project.root, [
    '.codex/board',
    '.codex/handoffs',
    '.codex/logs',
    '.codex/state',
  ])
  if (tracked.length === 0) return
  throw new PlannerError(
    'STATE_TRACKED',
    `Git tracks ${tracked.length} file(s) of the team's state, ${tracked[0]} first; every worktree would get a stale copy.`,
    [`git -C ${project.root} rm -r --cached .codex/board .codex/handoffs .codex/logs .codex/state --ignore-unmatch`],
  )
}

async function requireAdmission(project: Project, board: Board, task: Task): Promise<void> {
  const {found} = await project.host.workerPolicies()
  const load = probeLoad()
  const {config} = project.host
  const thresholds = {
    maxLoadAverage1: config.worker_spawn_max_loadavg_1 ?? undefined,
    minMemoryAvailableGb: config.worker_spawn_min_mem_available_gb ?? undefined,
  }
  const active = board.sessions
    .filter(
      session =>
        session.role === 'worker' && isActive(session) && session.task_id !== null && session.task_id !== task.id,
    )
    .map(session => taskOf(board, session.task_id ?? ''))
    .map(({id, write_scope}) => ({taskId: id, writeScope: write_scope}))
  for (const policy of found) {
    const verdict = policy.admit({taskId: task.id, writeScope: task.write_scope, active}, load, thresholds)
    if (verdict.allowed) continue
    throw new PlannerError(
      'WORKER_DEFERRED',
      `${task.id} has to wait: ${verdict.reason} Try again in ${verdict.retryAfterSeconds} s.`,
      [`codex-planner spawn-worker ${task.id}`],
    )
  }
}

/** A worker starts from the base, so what it builds on must be in there; the tool never merges. */
async function requireDependencies(project: Project, board: Board, task: Task, base: string): Promise<void> {
  for (const id of task.depends_on) {
    const dependency = taskOf(board, id)
    if (dependency.status !== 'done') {
      throw new PlannerError('DEPENDENCY_NOT_READY', `${task.id} builds on ${id}, which is ${dependency.status}.`, [
        `codex-planner show-task ${id}`,
      ])
    }
    const tip =
      dependency.branch === null ? null : await project.git.commit(project.root, `refs/heads/${dependency.branch}`)
    if (tip !== null && !(await project.git.isAncestor(project.root, tip, base))) {
      throw new PlannerError(
        'DEPENDENCY_NOT_READY',
        `${id} is done, but its branch ${dependency.branch} is not merged into the base of ${task.id}.`,
        [`git -C ${project.root} merge ${dependency.branch}`],
      )
    }
  }
}

/** Makes the worktree, or finds the one that stands. @throws PlannerError GIT_FAILED */
export async function prepareWorktree(project: Project, task: Task): Promise<void> {
  const {worktree, branch, base_commit: base} = task
  if (worktree === null || branch === null || base === null)
    throw new Error(`${task.id} was claimed without a worktree.`)
  const standing = (await project.git.worktrees(project.root)).find(({path: at}) => at === worktree)
  if (standing) {
    const ours = standing.branch === `refs/heads/${branch}`
    if (ours && existsSync(worktree)) return
    if (ours) return remakeWorktree(project, task, worktree, branch, base)
    throw new PlannerError(
      'GIT_FAILED',
      `The worktree ${worktree} is not on ${branch} any more; it is left as it is.`,
      [`git -C ${worktree} status`],
    )
  }
  if (existsSync(worktree)) {
    throw new PlannerError(
      'GIT_FAILED',
      `${worktree} exists and is no worktree of this repository; it is left as it is.`,
      [`ls -la ${worktree}`],
    )
  }
  await project.git.addWorktree(project.root, {path: worktree, branch, base, reason: `codex-planner ${task.id}`})
}

/** The folder was removed by hand: its commits are on the branch, and what was not committed went with it. */
async function remakeWorktree(
  project: Project,
  task: Task,
  worktree: string,
  branch: string,
  base: string,
): Promise<void> {
  await project.git.addWorktree(project.root, {
    path: worktree,
    branch,
    base,
    reason: `codex-planner ${task.id}`,
    missing: true,
  })
  await project.trace('worktree-remade', {task: task.id, worktree})
}

/** The worker's template, filled in with its task and handoff. */
export async function firstPrompt(project: Project, session: Session, task: Task): Promise<string> {
  const {paths} = project
  await ensureHandoff(paths, task.handoff_file, newHandoff(task))
  await ensureTemplate(paths, 'worker', WORKER_TEMPLATE)
  const template = (await readTemplate(paths, 'worker')) ?? WORKER_TEMPLATE
  const handoff = await readPage(paths, task.handoff_file, {offset: 0, maxBytes: 64 * 1024})
  const mark = randomBytes(6).toString('hex')
  return renderTemplate(
    template,
    {
      session: session.name,
      task_id: task.id,
      root: project.root,
      worktree: session.worktree,
      branch: task.branch ?? '',
      base_commit: task.base_commit ?? '',
      cli: paths.shim,
      task: taskAsData(task, mark),
      handoff: fenced(`handoff of ${task.id}`, handoff?.text ?? '', mark),
    },
    '.codex/prompts/worker.md',
  )
}
