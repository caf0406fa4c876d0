import path from 'node:path'

import {initBoard} from '../store/board.ts'
import {excludeOurFolders} from '../store/git-exclude.ts'
import {type ProjectPaths, shownPath} from '../store/paths.ts'
import {ensureTemplate} from '../store/prompts.ts'
import {createText} from '../store/safe-file.ts'
import {ensureFolder} from '../store/safe-folder.ts'
import {endStale, undertake} from './intents.ts'
import type {Project} from './project.ts'
import {TEMPLATES} from './template.ts'

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
  const made = await undertake(project, {operation: 'init'}, makeFiles)
  await endStale(project, 'init')
  return made
}

/** The steps alone; each makes only what is not there, so all of them may be repeated. */
export async function makeFiles(project: Project): Promise<Bootstrapped> {
  const {paths} = project
  const created: string[] = []
  const kept: string[] = []
  const note = (file: string, made: boolean) => (made ? created : kept).push(shownPath(paths, file))

  await project.step('folders', () => makeFolders(paths))
  const board = await project.step('board', () => initBoard(paths))
  created.push(...board.created)
  kept.push(...board.kept)
  for (const sentence of board.warnings) project.warn(sentence)
  await project.step('pages', async () => {
    for (const [name, text] of Object.entries(PAGES)) {
      const file = paths.board[name as keyof typeof PAGES]
      note(file, await createText(file, text, 0o644))
    }
    for (const [role, text] of Object.entries(TEMPLATES)) {
      const made = await ensureTemplate(paths, role as keyof typeof TEMPLATES, text)
      note(path.join(paths.prompts, `${role}.md`), made)
    }
    note(paths.log, await createText(paths.log, '', 0o600))
  })
  await project.step('exclude', () => excludeOurFolders(paths))
  if (created.length > 0) await project.trace('init', {created})
  return {created, kept}
}

async function makeFolders(paths: ProjectPaths): Promise<void> {
  for (const folder of [paths.board.folder, paths.handoffs, path.dirname(paths.log)])
    await ensureFolder(folder, 0o755, {below: paths.root})
  for (const folder of [paths.state, paths.runs, paths.renderedPrompts])
    await ensureFolder(folder, 0o700, {below: paths.root})
}
