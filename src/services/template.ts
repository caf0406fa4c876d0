import path from 'node:path'

import {PLANNER_TEMPLATE} from '../domain/prompts/planner.ts'
import {REVIEWER_TEMPLATE} from '../domain/prompts/reviewer.ts'
import {WORKER_TEMPLATE} from '../domain/prompts/worker.ts'
import {pasteable} from '../domain/shell.ts'
import {ensureTemplate, isFirstUse, readTemplate, type TemplateRole} from '../store/prompts.ts'
import type {Project} from './project.ts'

/** The templates as they come with the program. */
export const TEMPLATES: Readonly<Record<TemplateRole, string>> = {
  planner: PLANNER_TEMPLATE,
  worker: WORKER_TEMPLATE,
  reviewer: REVIEWER_TEMPLATE,
}

/** The template that a role's prompt is made of. A text of somebody's own is told of once: every session follows it, and it may have come with the repository. */
export async function templateOf(project: Project, role: TemplateRole): Promise<string> {
  const {paths, warn} = project
  await ensureTemplate(paths, role, TEMPLATES[role])
  const text = (await readTemplate(paths, role)) ?? TEMPLATES[role]
  if (text === TEMPLATES[role] || !(await isFirstUse(paths, role, text))) return text
  const file = path.join(paths.prompts, `${role}.md`)
  await project.trace('template', {role, file})
  warn(
    `${file} is not the text that comes with the program, and every ${role} is told what it says. This is said once. Read it: ${pasteable(['less', file])}`,
  )
  return text
}
