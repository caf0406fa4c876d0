import {dirname, join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {isHandoffScope} from '../domain/task.ts'
import {replaceKept} from './kept-replace.ts'
import {withLock} from './lock.ts'
import type {ProjectPaths} from './paths.ts'
import {createText, readText, sweepTemporaries} from './safe-file.ts'
import {ensureFolder} from './safe-folder.ts'

const MAX_BYTES = 5_000_000

/** Makes the page with this text unless it is there: false then. `file` is as on the board, `.codex/handoffs/TASK-001.md`. */
export async function ensureHandoff(paths: ProjectPaths, file: string, text: string): Promise<boolean> {
  const path = handoffPath(paths, file)
  await ensureFolder(dirname(path), 0o755, {below: paths.root})
  const made = await createText(path, text, 0o644)
  await sweepTemporaries(dirname(path))
  return made
}

const TRIES = 20
const SETTLE_MS = 30

/**
 * Adds a section before the agents' own `## Notes`, keeping whatever somebody else writes meanwhile. A section that is
 * on the page already, word for word, is not added again, so that a repeated step does no harm. It may be called while
 * the board is locked: pages have a lock of their own.
 */
export async function appendSection(paths: ProjectPaths, file: string, section: string): Promise<void> {
  const path = handoffPath(paths, file)
  await ensureFolder(dirname(path), 0o755, {below: paths.root})
  await ensureFolder(paths.kept, 0o700, {below: dirname(paths.kept)})
  await withLock(paths.handoffLock, () => appended(path, paths, file, section))
}

async function appended(path: string, paths: ProjectPaths, file: string, section: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const page = await readText(path, {maxBytes: MAX_BYTES})
    const text = withSection(page?.text ?? '', section)
    if (text === page?.text) return
    if (await replaceKept(paths, path, text, page?.stamp ?? null)) return
    await delay(SETTLE_MS)
  }
  throw new PlannerError('BOARD_LOCKED', `${file} is being saved over and over by another program.`, [
    pasteable(['fuser', '-v', path]),
  ])
}

function handoffPath(paths: ProjectPaths, file: string): string {
  if (isHandoffScope(file)) return join(paths.root, file)
  throw new PlannerError('UNSAFE_FILE', `${JSON.stringify(file)} is no page directly inside .codex/handoffs/.`, [
    'codex-planner doctor',
  ])
}

function withSection(page: string, section: string): string {
  const body = section.trim()
  if (`\n${page}\n`.includes(`\n${body}\n`)) return page
  const notes = [...page.matchAll(/^## Notes[ \t]*\r?$/gm)].at(-1)
  const at = notes?.index ?? page.length
  const before = page.slice(0, at).replace(/\s*$/, '')
  const after = page.slice(at)
  return `${before === '' ? '' : `${before}\n\n`}${body}\n${after === '' ? '' : `\n${after}`}`
}
