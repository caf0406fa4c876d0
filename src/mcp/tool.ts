import type {Config} from '@oclif/core/config'

import type {Access} from '../domain/role.ts'
import type {PlannerCommand, ToolOptions} from '../planner-command.ts'
import {inToolWords} from './words.ts'

/** What a flag or positional of oclif says about itself, and what our own factories add to it. */
export interface Definition {
  type?: string
  summary?: string
  description?: string
  required?: boolean
  hidden?: boolean
  multiple?: boolean
  options?: readonly string[]
  default?: unknown
  allowNo?: boolean
  deprecated?: unknown
  integer?: {minimum: number; maximum: number}
  maxLength?: number
}

export interface CommandClass {
  id: string
  summary?: string
  description?: string
  args?: Record<string, Definition>
  flags?: Record<string, Definition>
  baseFlags?: Record<string, Definition>
  access: Access
  tool?: ToolOptions
  /** The package that it is in. */
  plugin?: {isRoot?: boolean}
  new (argv: string[], config: Config): PlannerCommand<unknown>
}

export interface Property {
  type: 'string' | 'boolean' | 'integer' | 'array'
  description?: string
  enum?: string[]
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  items?: Property
  default?: unknown
  deprecated?: true
}

/** One argument of a tool, and where the command line takes it. */
export interface Argument {
  property: string
  option: string | null
  allowNo: boolean
  required: boolean
  schema: Property
}

export interface ToolListing {
  name: string
  title: string
  description: string
  inputSchema: {
    type: 'object'
    properties: Record<string, Property>
    required?: string[]
    additionalProperties: false
  }
  annotations: {
    title: string
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: false
  }
}

export interface Tool {
  name: string
  access: Access
  Command: CommandClass
  arguments: Argument[]
  listing: ToolListing
}

const MAX_LENGTH = 65_536
const MAX_PATH_LENGTH = 4096
const MAX_ITEMS = 100

/** For people and terminals; a tool never has them, whatever the command says. */
const NEVER = new Set(['json', 'format', 'force', 'help', 'version'])

export function toolName({id, tool}: {id: string; tool?: ToolOptions}): string {
  return tool?.name ?? snake(id)
}

/** The tool that a command is. `names` are the names of all tools by command, for texts that point at one another. */
export function toTool(Command: CommandClass, bin: string, names: ReadonlyMap<string, string>): Tool {
  const {access, tool = {}} = Command
  const name = toolName(Command)
  const found = argumentsOf(Command)
  const readOnly = access === 'read' && tool.writes !== true
  const words = (text = ''): string => inToolWords(text, {bin, id: Command.id, names})
  const title = words(Command.summary).replace(/\.$/, '')
  const required = found.filter(argument => argument.required).map(({property}) => property)
  return {
    name,
    access,
    Command,
    arguments: found,
    listing: {
      name,
      title,
      description: [words(Command.summary), words(Command.description)].filter(text => text !== '').join('\n'),
      inputSchema: {
        type: 'object',
        properties: Object.fromEntries(found.map(({property, schema}) => [property, inOwnWords(schema, words)])),
        ...(required.length > 0 ? {required} : {}),
        additionalProperties: false,
      },
      annotations: {
        title,
        readOnlyHint: readOnly,
        destructiveHint: tool.destructive ?? false,
        idempotentHint: tool.idempotent ?? readOnly,
        openWorldHint: false,
      },
    },
  }
}

/** The same call, spelt as a shell would spell it, so that one parser judges both. */
export function toArgv(tool: Tool, input: Readonly<Record<string, unknown>>): string[] {
  const given = tool.arguments.filter(({property}) => input[property] !== undefined)
  const options = given.flatMap(argument => toOption(argument, input[argument.property]))
  const positionals = given
    .filter(({option}) => option === null)
    .flatMap(({property}) => [input[property]].flat().map(String))
  return [...options, '--', ...positionals]
}

function toOption({option, allowNo}: Argument, value: unknown): string[] {
  if (option === null) return []
  if (value === true) return [`--${option}`]
  if (value === false) return allowNo ? [`--no-${option}`] : []
  return [value].flat().map(item => `--${option}=${String(item)}`)
}

function argumentsOf({args = {}, flags = {}, baseFlags = {}, tool}: CommandClass): Argument[] {
  const left = new Set([...NEVER, ...(tool?.without ?? [])])
  const isForTools = ([name, {hidden}]: [string, Definition]): boolean => hidden !== true && !left.has(name)
  const positionals = Object.entries(args)
    .filter(isForTools)
    .map(([name, definition]) => toArgument(name, null, {...definition, type: 'option'}))
  const options = Object.entries({...baseFlags, ...flags})
    .filter(isForTools)
    .map(([name, definition]) => toArgument(name, name, definition))
  const isRepoPath = ({option}: Argument): boolean => option === 'repo-path'
  return [
    ...options.filter(isRepoPath).map(withPathSchema),
    ...positionals,
    ...options.filter(argument => !isRepoPath(argument)),
  ]
}

function withPathSchema(argument: Argument): Argument {
  const description = 'Absolute path of any folder of the repository; default: the one this server works on.'
  return {...argument, schema: {type: 'string', description, maxLength: MAX_PATH_LENGTH}}
}

function toArgument(name: string, option: string | null, definition: Definition): Argument {
  const {allowNo = false, required = false} = definition
  return {property: snake(name), option, allowNo, required, schema: toProperty(definition)}
}

function toProperty(definition: Definition): Property {
  const description = definition.summary ?? definition.description
  const value = typeof definition.default === 'function' ? undefined : definition.default
  return {
    ...(definition.multiple === true
      ? {type: 'array', items: toItem(definition), maxItems: MAX_ITEMS}
      : toItem(definition)),
    ...(description === undefined ? {} : {description}),
    ...(value === undefined ? {} : {default: value}),
    ...(definition.deprecated ? {deprecated: true} : {}),
  }
}

function toItem({type, integer, options, maxLength = MAX_LENGTH}: Definition): Property {
  if (type === 'boolean') return {type: 'boolean'}
  if (integer) return {type: 'integer', ...integer}
  if (options) return {type: 'string', enum: [...options]}
  return {type: 'string', maxLength}
}

function inOwnWords(schema: Property, words: (text?: string) => string): Property {
  return schema.description === undefined ? schema : {...schema, description: words(schema.description)}
}

function snake(text: string): string {
  return text.replaceAll(/[-: ]/g, '_')
}
