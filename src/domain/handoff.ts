import type {Task} from './task.ts'

/** A new handoff: what the task is, then what happened, then room for the worker's own notes. */
export function newHandoff(task: Task): string {
  return [
    `# ${task.id}: ${task.title}`,
    '',
    'codex-planner adds dated sections here. Write only below "Notes".',
    '',
    '## Notes',
    '',
  ].join('\n')
}

export interface Entry {
  /** ISO 8601 in UTC. */
  at: string
  /** The session that says it, or `operator`. */
  author: string
  about: 'question' | 'answer' | 'hand-back' | 'sent back'
  summary: string | null
  details: readonly string[]
  nextStep?: string | null
}

/**
 * One dated section. What it says is quoted, so that no text can look like a section of its own: the board decides what is true, and
 * a heading is only ever written here.
 */
export function handoffSection(entry: Entry): string {
  const lines = [`## ${entry.at} ${entry.about} by ${entry.author}`, '']
  if (entry.summary !== null) lines.push(quoted(entry.summary), '')
  if (entry.details.length > 0)
    lines.push(...entry.details.map(detail => quoted(`- ${detail.replaceAll('\n', '\n  ')}`)), '')
  if (entry.nextStep) lines.push('Proposed next step:', '', quoted(entry.nextStep), '')
  return lines.join('\n')
}

const HEADING = /^## \d{4}-\d\d-\d\dT[\d:.]+Z (?=(?:question|answer|hand-back|sent back) by )/gm

/** Whether the newest section of a page says the same as this one, whenever it was written. */
export function saysLast(page: string, section: string): boolean {
  const newest = [...page.matchAll(HEADING)].at(-1)
  if (!newest) return false
  const said = page.slice(newest.index).replace(/^## Notes[ \t]*\r?$[^]*/m, '')
  return withoutTime(said) === withoutTime(section)
}

function withoutTime(section: string): string {
  return section.replace(HEADING, '').trim()
}

function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map(line => `> ${line}`.trimEnd())
    .join('\n')
}
