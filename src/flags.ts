import {boolean, custom, option, string} from '@oclif/core/flags'

import type {Completes} from './domain/completion.ts'
import {PlannerError} from './domain/errors.ts'
import {MAX_PURPOSE, requireLeaseSession, requirePurpose} from './domain/lease.ts'
import {requireSessionName} from './domain/session.ts'
import {TASK_STATUSES} from './domain/task.ts'

interface Words {
  summary: string
  helpValue?: string
}

/** A flag that may be given several times, one value each. */
export function repeatable({helpValue = '<text>', ...words}: Words & {completes?: Completes}) {
  return string({helpValue, ...words, multiple: true, multipleNonGreedy: true})
}

/** The limits stay on the flag, so that help and tool schema can tell them; oclif's own integer forgets them. */
export function integer({summary, min, max, ...rest}: Words & {min: number; max: number; default?: number}) {
  const flag = custom<number>({
    summary: `${summary.replace(/\.$/, '')} (${max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`}).`,
    helpValue: '<number>',
    parse: async input => {
      const value = Number(input)
      if (/^-?\d+$/.test(input) && value >= min && value <= max) return value
      throw new PlannerError(
        'INVALID_ARGUMENT',
        `Expected a whole number from ${min} to ${max}, got ${JSON.stringify(input.slice(0, 40))}.`,
      )
    },
    ...(rest.default === undefined ? {} : {default: rest.default}),
  })()
  return Object.assign(flag, {integer: {minimum: min, maximum: max}})
}

export function choice<Value extends string>(values: readonly Value[], {summary}: {summary: string}) {
  return option({options: values, summary})()
}

export function choices<Value extends string>(values: readonly Value[], {summary}: {summary: string}) {
  return option({options: values, summary, multiple: true, multipleNonGreedy: true})()
}

export const format = {
  format: option({
    options: ['table', 'yaml', 'json'] as const,
    default: 'table',
    summary: 'How to print the list.',
    helpGroup: 'GLOBAL',
  })(),
}

export const page = {
  limit: integer({summary: 'How many entries at most.', min: 1, max: 200}),
  cursor: string({summary: 'Where the previous page ended: its next_cursor.', helpValue: '<cursor>'}),
}

export const force = {
  force: boolean({summary: 'Do it all the same. For the person only, never a tool.'}),
}

/** What ends a session takes besides its name. */
export const closing = {
  'task-status': choice(TASK_STATUSES, {summary: 'Move its task there as well.'}),
  'keep-terminal-running': boolean({summary: 'Only note it as closed; the terminal goes on.'}),
}

export const sessionNameFlag = custom({
  summary: 'The session.',
  helpValue: '<session>',
  parse: async input => requireSessionName(input),
})

/** Who holds a lease: a session, or the person. */
export const holderFlag = custom({
  summary: 'Who holds it: planner, a worker such as worker-task-001, or operator, who is you. A session names itself.',
  helpValue: '<session>',
  parse: async input => requireLeaseSession(input),
})

/** What the heavy command is for. */
export const purposeFlag = custom({
  summary: `What is run, in one line of at most ${MAX_PURPOSE} characters.`,
  helpValue: '<text>',
  parse: async input => requirePurpose(input),
})
