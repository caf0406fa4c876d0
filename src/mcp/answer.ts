import {randomUUID} from 'node:crypto'
import {inspect} from 'node:util'

import {type ErrorCode, PlannerError} from '../domain/errors.ts'
import {harmlessJson, jsonBytes, printableLines} from '../domain/text.ts'
import {fileFaultOf} from '../store/file-error.ts'
import {asToolCall} from './suggestion.ts'
import type {Tool} from './tool.ts'
import {inToolWords} from './words.ts'

export interface ToolAnswer {
  structuredContent: Record<string, unknown>
  content: {type: 'text'; text: string}[]
  isError?: true
}

interface Failure {
  code: ErrorCode
  message: string
  suggestions: string[]
  retryable: boolean
  error_id?: string
}

/** Codex cuts the middle out of answers of about 10,000 bytes, and what is left is no JSON. */
const MAX_BYTES = 8192
const MAX_MESSAGE = 2000
const PAGING = ['limit', 'offset', 'cursor']

/** @throws PlannerError INVALID_ARGUMENT when a read-only tool's result is too large to send whole */
export function toAnswer(tool: Tool, result: unknown): ToolAnswer {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new TypeError(`${tool.name} gave ${inspect(result)}, which is no object.`)
  }
  // Some clients print it as it is.
  const text = harmlessJson(JSON.stringify(result))
  const bytes = jsonBytes(result)
  if (bytes <= MAX_BYTES) return {structuredContent: {...result}, content: [{type: 'text', text}]}
  const size = `The answer has ${bytes} bytes; a tool sends at most ${MAX_BYTES}.`
  if (tool.listing.annotations.readOnlyHint) throw new PlannerError('INVALID_ARGUMENT', `${size} ${smaller(tool)}`)
  // An error would be read as: nothing happened, do it again.
  const note = {done: true, note: `It is done, and must not be repeated. ${size} Read what it left with another tool.`}
  return {structuredContent: note, content: [{type: 'text', text: JSON.stringify(note)}]}
}

function smaller(tool: Tool): string {
  const names = tool.arguments.map(({property}) => property).filter(property => PAGING.includes(property))
  if (names.length === 0) return 'No argument of this tool makes it smaller; the same command in a shell shows it all.'
  return `Make it smaller with ${names.map(name => `\`${name}\``).join(', ')}.`
}

export interface Reader {
  bin: string
  /** The tools that this caller has: suggestions name no other. */
  tools: readonly Tool[]
  log: (line: string) => void
}

export function toFailure(error: unknown, reader: Reader): ToolAnswer {
  const failure = describe(error, reader)
  return {
    structuredContent: {error: failure},
    content: [{type: 'text', text: printableLines(`error: ${[failure.message, ...failure.suggestions].join('\n')}`)}],
    isError: true,
  }
}

function describe(thrown: unknown, {bin, tools, log}: Reader): Failure {
  const error = fileFaultOf(thrown) ?? thrown
  const names = new Map(tools.map(({name, Command}) => [Command.id, name]))
  const words = (message: string): string =>
    inToolWords(withoutParserNoise(message), {bin, names}).slice(0, MAX_MESSAGE)
  if (error instanceof PlannerError) {
    const suggestions = error.suggestions.map(text => asToolCall(text, bin, tools)).filter(text => text !== null)
    return {code: error.code, message: words(error.message), suggestions, retryable: error.retryable}
  }
  if (isUsageError(error)) {
    return {code: 'INVALID_ARGUMENT', message: words(error.message), suggestions: [], retryable: false}
  }
  const id = randomUUID().slice(0, 8)
  log(`error_id ${id}: ${inspect(error).slice(0, 4000)}`)
  const message = `The tool server has a fault here. Its standard error tells more, under error_id ${id}.`
  return {code: 'INTERNAL', message, suggestions: [], retryable: false, error_id: id}
}

function isUsageError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('oclif' in error)) return false
  const {oclif} = error
  return typeof oclif === 'object' && oclif !== null && 'exit' in oclif && oclif.exit === 2
}

/** oclif wraps what a flag's own parser says. */
function withoutParserNoise(message: string): string {
  return message.replace(/^Parsing --\S+ \n\t/, '').replace(/\nSee more help with --help$/, '')
}
