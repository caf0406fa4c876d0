import path from 'node:path'

import {PLANNER_TEMPLATE} from '../domain/prompts/planner.ts'
import {REVIEWER_TEMPLATE} from '../domain/prompts/reviewer.ts'
import {WORKER_TEMPLATE} from '../domain/prompts/worker.ts'
import {initBoard} from '../store/board.ts'
import {excludeOurFolders} from '../store/git-exclude.ts'
import {shownPath} from '../store/paths.ts'
import {ensureTemplate} from '../store/prompts.ts'
import {createText} from '../store/safe-file.ts'
import {ensureFolder} from '../store/safe-folder.ts'
import type {Project} from './project.ts'

export interface Bootstrapped {
  /** Relative to the repository's root. */
  created: string[]
  kept: string[]
}

const PAGES = {
  decisions: '# Decisions\n\nWhat was decided, when, and why. For people and agents.\n',
  risks: '# Risks\n\nWhat could go wrong, and what would show it early.\n',
  backlog: '# Backlog\n\nWhat is wanted later and is no task yet.\n',
}

/** Makes what is missing of `.codex/`; whatever is there stays as it is. */
export async function initProject(project: Project): Promise<Bootstrapped> {
  const {paths} = project
  const created: string[] = []
  const kept: string[] = []
  const note = (file: string, made: boolean) => (made ? created : kept).push(shownPath(paths, file))

  for (const folder of [paths.board.folder, paths.handoffs, path.dirname(paths.log)])
    await ensureFolder(folder, 0o755, {below: paths.root})
  for (const folder of [paths.state, paths.runs, paths.renderedPrompts])
    await ensureFolder(folder, 0o700, {below: paths.root})
  const board = await initBoard(paths)
  created.push(...board.created)
  kept.push(...board.kept)
  for (const [name, text] of Object.entries(PAGES)) {
    const file = paths.board[name as keyof typeof PAGES]
    note(file, await createText(file, text, 0o644))
  }
  const templates = {planner: PLANNER_TEMPLATE, worker: WORKER_TEMPLATE, reviewer: REVIEWER_TEMPLATE}
  for (const [role, text] of Object.entries(templates)) {
    const made = await ensureTemplate(paths, role as keyof typeof templates, text)
    note(path.join(paths.prompts, `${role}.md`), made)
  }
  note(paths.log, await createText(paths.log, '', 0o600))
  await excludeOurFolders(paths)
  if (created.length > 0) await project.trace('init', {created})
  return {created, kept}
}
