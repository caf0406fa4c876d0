import {PlannerError} from './errors.ts'
import {editing} from './shell.ts'
import type {Task} from './task.ts'
import {printableLines} from './text.ts'

/** Replaces `{{name}}`. A name that is not known is an error: a typing mistake in a template must not cost a night. */
export function renderTemplate(template: string, values: Readonly<Record<string, string>>, file: string): string {
  return template.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value !== undefined) return value
    throw new PlannerError('INVALID_CONFIG', `${file} uses {{${name}}}; known are ${Object.keys(values).join(', ')}.`, [
      editing(file),
    ])
  })
}

/**
 * Text that somebody wrote, set apart from instructions. The mark is random for every prompt, so that no text can close its own fence;
 * hidden characters are written out.
 */
export function fenced(label: string, text: string, mark: string): string {
  return `[data ${mark}: ${label}]\n${printableLines(text.trim())}\n[end of data ${mark}]`
}

/** A task as a worker or reviewer reads it. */
export function taskAsData(task: Task, mark: string): string {
  const list = (title: string, items: readonly string[], none: string) =>
    `${title}:\n${items.length === 0 ? none : items.map(item => `- ${item}`).join('\n')}`
  const text = [
    `Title: ${task.title}`,
    ...(task.description === '' ? [] : [`Description:\n${task.description}`]),
    list('Acceptance', task.acceptance, '- none was written; the title is the goal'),
    list('You may change', task.write_scope, '- nothing was set; keep to what the title needs'),
    list('Read first', task.read_scope, '- nothing was set'),
    ...(task.depends_on.length === 0 ? [] : [`Builds on: ${task.depends_on.join(', ')} (done)`]),
  ].join('\n\n')
  return fenced(`task ${task.id}`, text, mark)
}
