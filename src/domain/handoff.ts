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

function quoted(text: string): string {
  return text
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map(line => `> ${line}`.trimEnd())
    .join('\n')
}
