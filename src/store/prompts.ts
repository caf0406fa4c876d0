import {createHash} from 'node:crypto'
import {dirname, join} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {type ProjectPaths, shownPath} from './paths.ts'
import {appendLine, createText, readText} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'

export const TEMPLATE_ROLES = ['planner', 'worker', 'reviewer'] as const
export type TemplateRole = (typeof TEMPLATE_ROLES)[number]

/** Makes the template unless there is one: false then. */
export async function ensureTemplate(paths: ProjectPaths, role: TemplateRole, text: string): Promise<boolean> {
  await ensureFolder(paths.prompts, 0o755, {below: paths.root})
  return createText(templateFile(paths, role), text, 0o644)
}

/** Undefined when there is none. */
export async function readTemplate(paths: ProjectPaths, role: TemplateRole): Promise<string | undefined> {
  if (!(await isFolder(paths.prompts, {below: paths.root}))) return undefined
  return (await readText(templateFile(paths, role), {maxBytes: 1_000_000}))?.text
}

/** Whether this text of a template was never used here before; from now on it was. */
export async function isFirstUse(paths: ProjectPaths, role: TemplateRole, text: string): Promise<boolean> {
  const known = join(paths.kept, 'templates')
  const line = `${role} ${createHash('sha256').update(text).digest('hex')}`
  await ensureFolder(paths.kept, 0o700, {below: dirname(paths.kept)})
  const read = await readText(known, {maxBytes: 1_000_000})
  if (read?.text.split('\n').includes(line)) return false
  await appendLine(known, line)
  return true
}

function templateFile(paths: ProjectPaths, role: TemplateRole): string {
  return join(paths.prompts, `${role}.md`)
}

const STARTS = 10_000

/** Keeps the prompt of one start beside those of older ones. Returns its path relative to the root. */
export async function writeRendered(paths: ProjectPaths, name: string, text: string): Promise<string> {
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) throw new TypeError(`${JSON.stringify(name)} names no prompt`)
  await ensureFolder(paths.renderedPrompts, 0o700, {below: paths.root})
  for (let start = 1; start <= STARTS; start += 1) {
    const file = join(paths.renderedPrompts, start === 1 ? `${name}.md` : `${name}-${start}.md`)
    if (await createText(file, text, 0o600)) return shownPath(paths, file)
  }
  throw new PlannerError('UNSAFE_FILE', `${paths.renderedPrompts} holds ${STARTS} prompts of ${name}.`, [
    'codex-planner doctor',
  ])
}
