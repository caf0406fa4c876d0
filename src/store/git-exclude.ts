import {dirname} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import type {ProjectPaths} from './paths.ts'
import {readText, replaceText} from './safe-file.ts'
import {ensureFolder} from './safe-folder.ts'

/** What the team writes while it works; no commit should hold it, and no worktree needs a copy. Relative to the root. */
export const STATE_FOLDERS = ['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state']
const TRIES = 50

/** Tells git, in this clone alone, to leave our folders out. Returns what it added. */
export async function excludeOurFolders(paths: ProjectPaths): Promise<string[]> {
  const folder = dirname(paths.exclude)
  await ensureFolder(folder, 0o755, {below: dirname(folder)})
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await readText(paths.exclude, {maxBytes: 1_000_000})
    const text = found?.text ?? ''
    const lines = new Set(text.split('\n').map(line => line.trim()))
    const added = STATE_FOLDERS.filter(entry => !lines.has(entry) && !lines.has(`/${entry}`))
    if (added.length === 0) return []
    const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
    const expected = found?.stamp ?? null
    if (await replaceText(paths.exclude, `${start}${added.join('\n')}\n`, {mode: 0o644, expected})) return added
  }
  throw new PlannerError('UNSAFE_FILE', `${paths.exclude} is being changed over and over by another program.`, [
    'codex-planner init',
  ])
}
