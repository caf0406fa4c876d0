import {stripVTControlCharacters} from 'node:util'

import {PlannerError} from './domain/errors.ts'
import {printableLines, shortened} from './domain/text.ts'
import {fileFaultOf} from './store/file-error.ts'

/** How a failure is told, in a terminal and as JSON: one sentence, and commands to paste. */
export interface Failure {
  code: string
  message: string
  suggestions: string[]
  retryable: boolean
}

/** What may be thrown; oclif leaves the fields it knows on errors of any class. */
export type Thrown = Error & {oclif?: {exit?: number | undefined}; suggestions?: string[]; args?: unknown}

/** What went wrong with a call of `command`. oclif's own words about a wrong command line become a sentence too. */
export function failureOf(thrown: Thrown, command: string): Failure {
  const error: Thrown = fileFaultOf(thrown) ?? thrown
  const known = error instanceof PlannerError
  const usage = error.oclif?.exit === 2
  const suggestions = error.suggestions ?? []
  return {
    code: known ? error.code : usage ? 'INVALID_ARGUMENT' : 'INTERNAL',
    message: usage ? usageSentence(error) : error.message,
    suggestions: usage && suggestions.length === 0 ? [`codex-planner ${command} --help`] : suggestions,
    retryable: known && error.retryable,
  }
}

/** Never wrapped: a line that is to be pasted must stay one line. */
export function failureText({code, message, suggestions}: Failure): string {
  const [first, ...more] = suggestions
  const lines = [
    `Error: ${message}`,
    `Code: ${code}`,
    ...(first === undefined ? [] : [`Try this: ${first}`]),
    ...more.map(suggestion => `      or: ${suggestion}`),
  ]
  return printableLines(lines.join('\n')).replace(/^/gm, '    ')
}

/** They hold what was typed, which may be a whole file by mistake. */
const LONGEST_USAGE = 600

function usageSentence({message, args}: Thrown): string {
  if (isListOfNamed(args)) return `Missing: ${args.map(({name}) => name).join(', ')}.`
  const words = stripVTControlCharacters(shortened(message, LONGEST_USAGE))
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s+/, '')
    .replace(/^Parsing (--\S+) \n\t/, '$1: ')
    .replace(/\n\s*/g, '; ')
  return /[.?!]$/.test(words) ? words : `${words}.`
}

function isListOfNamed(args: unknown): args is {name: string}[] {
  return (
    Array.isArray(args) &&
    args.length > 0 &&
    args.every(arg => typeof arg === 'object' && arg !== null && 'name' in arg)
  )
}
