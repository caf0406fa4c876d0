import path from 'node:path'

import {Ajv, type ErrorObject, type ValidateFunction} from 'ajv'

import {PlannerError} from '../domain/errors.ts'
import {printable} from '../domain/text.ts'
import type {BuiltJudges} from './built-judges.ts'
import type {Property, Tool} from './tool.ts'

export type Input = Record<string, unknown>

/** What Ajv is told. The schemas are ours: holding them against the schema of schemas would take longer than all else of a first call. */
export const JUDGING = {allErrors: false, meta: false, validateSchema: false, messages: false} as const

/** Holds input against the schema of its tool, before it becomes a command line: nothing is converted. */
export function inputJudge(built: () => BuiltJudges): (tool: Tool, input: Input) => void {
  // Not before a tool of an installed plugin is called.
  let ajv: Ajv | undefined
  const judges = new Map<Tool, ValidateFunction>()
  const judgeOf = (tool: Tool): ValidateFunction => {
    const own = tool.Command.plugin?.isRoot === true ? built()[tool.name] : undefined
    if (own !== undefined) return own
    ajv ??= new Ajv(JUDGING)
    return ajv.compile(tool.listing.inputSchema)
  }
  return (tool, input) => {
    const isValid = judges.get(tool) ?? judgeOf(tool)
    judges.set(tool, isValid)
    if (isValid(input)) return
    const [fault] = isValid.errors ?? []
    throw new PlannerError(
      'INVALID_ARGUMENT',
      fault ? sentence(tool, fault, input) : `${tool.name} cannot take this input.`,
    )
  }
}

/** @throws PlannerError INVALID_ARGUMENT */
export function requireAbsolutePath(folder: string): void {
  if (path.isAbsolute(folder) && printable(folder) === folder) return
  throw new PlannerError('INVALID_ARGUMENT', '`repo_path` must be an absolute path, without control characters.')
}

function sentence(tool: Tool, {instancePath, keyword, params}: ErrorObject, input: Input): string {
  const {properties} = tool.listing.inputSchema
  if (keyword === 'required') {
    const name = String(params.missingProperty)
    return `\`${name}\` is missing: ${accepted(properties[name])}.`
  }
  if (keyword === 'additionalProperties') {
    const name = JSON.stringify(String(params.additionalProperty).slice(0, 40).toWellFormed())
    return `${tool.name} has no argument ${name}. It takes ${Object.keys(properties).join(', ')}.`
  }
  const [name = '', item] = instancePath.split('/').slice(1)
  const property = properties[name]
  if (keyword === 'maxItems') return `\`${name}\` must be ${accepted(property)}; it has ${lengthOf(input[name])}.`
  if (item === undefined) return `\`${name}\` must be ${accepted(property)}.`
  return `\`${name}[${item}]\` must be ${accepted(property?.items)}.`
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

function accepted(property: Property | undefined): string {
  if (property === undefined) return 'an argument of this tool'
  const {type, enum: values, items, minimum, maximum, maxItems, maxLength} = property
  if (values) return `one of ${values.join(', ')}`
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`
  if (type === 'boolean') return 'true or false'
  if (type === 'array') return `a list of at most ${maxItems} entries, each ${accepted(items)}`
  return `text of at most ${maxLength} characters`
}
