import {createHash} from 'node:crypto'
import {existsSync} from 'node:fs'
import {lstat, readdir, readFile, readlink} from 'node:fs/promises'
import path from 'node:path'

import type {Cleaned} from '../../src/domain/removal.ts'
import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {cleanWorktrees} from '../../src/services/clean.ts'
import {openHost} from '../../src/services/host.ts'
import {openProject, type Project} from '../../src/services/project.ts'
import {putOnBoard} from '../commands/boards.ts'
import type {Machine} from '../commands/machine.ts'

const none = async () => ({found: [], faults: []})

export async function openIn(root: string, env: NodeJS.ProcessEnv): Promise<Project> {
  const host = await openHost(env, {terminalBackends: none, workerPolicies: none}, root)
  return openProject(host, root, {role: 'operator', session: null, project: null}, () => undefined)
}

/** A repository whose first commit has `kept.txt`. */
export async function aProject(machine: Machine): Promise<Project> {
  const root = await machine.repository(`clean-${Math.random().toString(36).slice(2)}`)
  await machine.git(root, 'commit', '-q', '--allow-empty', '-m', 'x')
  await machine.json(['init'], {cwd: root})
  return openIn(root, machine.env)
}

export const ENDED = {status: 'closed', exit: {code: 0, at: '2026-01-31T13:00:00.000Z'}} as const

/** A worktree as a worker's start makes it, whose task is done and whose session has ended. */
export async function aWorktree(
  project: Project,
  {task = {}, session = {}}: {task?: Partial<Task>; session?: Partial<Session>} = {},
): Promise<string> {
  const id = `TASK-${String((await project.board.read()).last_task + 1).padStart(3, '0')}`
  const folder = path.join(`${project.root}-worktrees`, id.toLowerCase())
  const branch = `codex/${id.toLowerCase()}`
  await project.git.addWorktree(project.root, {path: folder, branch, base: 'HEAD', reason: `codex-planner ${id}`})
  await putOnBoard(project.root, {
    tasks: [{status: 'done', worktree: folder, branch, ...task}],
    sessions: [{name: `worker-${id.toLowerCase()}`, worktree: folder, ...ENDED, ...session}],
  })
  return folder
}

export const clean = (project: Project, apply = true, emptyTrash = false): Promise<Cleaned> =>
  cleanWorktrees(project, {apply, emptyTrash})

/** Every file and link below a folder but its `.git`: mode and hash of its bytes by path. */
export async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if (!existsSync(folder)) return found
  for (const name of await readdir(folder, {recursive: true})) {
    if (name === '.git' || name.startsWith(`.git${path.sep}`)) continue
    const file = path.join(folder, name)
    const stats = await lstat(file)
    if (stats.isDirectory()) continue
    const bytes = stats.isSymbolicLink() ? await readlink(file, 'buffer') : await readFile(file)
    const kind = stats.isSymbolicLink() ? 'link' : (stats.mode & 0o100) === 0 ? 'file' : 'program'
    found.set(name, `${kind} ${createHash('sha256').update(bytes).digest('hex')}`)
  }
  return found
}

/** The worktrees in the trash. */
export async function trashed(project: Project): Promise<string[]> {
  const trash = path.join(`${project.root}-worktrees`, '.trash')
  return existsSync(trash) ? (await readdir(trash)).map(name => path.join(trash, name)) : []
}
