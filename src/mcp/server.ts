import type {Config} from '@oclif/core/config'

import {PlannerError} from '../domain/errors.ts'
import {type Caller, mayDo, requireAccess} from '../domain/role.ts'
import {printable} from '../domain/text.ts'
import {type ToolAnswer, toAnswer, toFailure} from './answer.ts'
import type {BuiltJudges} from './built-judges.ts'
import {type Input, inputJudge, requireAbsolutePath} from './input.ts'
import {oneAtATime} from './queue.ts'
import type {Serving} from './serving.ts'
import {type CommandClass, type Tool, type ToolListing, toArgv, toolName, toTool} from './tool.ts'

export interface ToolServerOptions {
  tools: readonly Tool[]
  config: Config
  caller: Caller
  folder: string
  /** The one project that calls may touch; null when any. */
  repoPath: string | null
  serving: Serving
  /** Asked for at the first call. */
  judges: () => BuiltJudges
  log: (line: string) => void
}

export interface ToolServer {
  start(): void
  list(): ToolListing[]
  /** @throws an error with a JSON-RPC `code` when this is no call of a tool */
  call(params: unknown, signal: AbortSignal): Promise<ToolAnswer>
  /** Nothing new begins; what has begun may finish until `milliseconds` are over. */
  end(milliseconds: number): Promise<void>
}

const INVALID_PARAMS = -32_602

/** What commands page their results to; below what an answer may take, so that paging never meets the bound. */
const ANSWER_BYTES = 8000

/**
 * The commands that say they are tools, each loaded once. Aliases are further entries of the same command. No command of an
 * installed plugin takes the name of a tool that came with the program.
 */
export async function loadTools(config: Config): Promise<Tool[]> {
  const ownFirst = config.commands.toSorted((a, b) => Number(b.pluginType === 'core') - Number(a.pluginType === 'core'))
  const listed = ownFirst.filter(
    command =>
      'tool' in command &&
      command.tool !== undefined &&
      'access' in command &&
      !command.aliases.includes(command.id) &&
      !command.hiddenAliases.includes(command.id),
  )
  const loaded: object[] = await Promise.all(listed.map(command => command.load()))
  const classes = firstOfEachName(loaded.filter(isCommandClass))
  const names = new Map(classes.map(Command => [Command.id, toolName(Command)]))
  return classes.map(Command => toTool(Command, config.bin, names))
}

export function toolServer({
  tools,
  config,
  caller,
  folder,
  repoPath,
  serving,
  judges,
  log,
}: ToolServerOptions): ToolServer {
  const registry = new Map(tools.map(tool => [tool.name, tool]))
  const granted = tools.filter(({access}) => mayDo(caller.role, access))
  const reader = {bin: config.bin, tools: granted, log}
  const judge = inputJudge(judges)
  const inTurn = oneAtATime()
  const begun = new Set<Promise<unknown>>()
  let started: Promise<void> = Promise.resolve()
  let called: Promise<void> | undefined
  let conversation: string | null = null
  let isEnding = false

  const until = async (work: Promise<unknown>): Promise<void> => {
    begun.add(work)
    try {
      await work
    } finally {
      begun.delete(work)
    }
  }
  const record = (what: string, work: () => Promise<void>): Promise<void> =>
    until(work()).catch((error: unknown) => log(`could not record ${what}: ${String(error)}`))

  const perform = async (tool: Tool, input: Input, signal: AbortSignal): Promise<unknown> => {
    requireAccess(caller, tool.access, tool.name)
    judge(tool, input)
    await requireProject(input.repo_path)
    await (called ??= started.then(() => record('the first call', () => serving.onFirstCall())))
    const run = async (): Promise<unknown> => {
      if (isEnding || signal.aborted) throw new PlannerError('SESSION_BUSY', 'The call was given up; nothing was done.')
      const command = new tool.Command(toArgv(tool, input), config)
      command.caller = caller
      command.folder = repoPath ?? folder
      command.maxBytes = ANSWER_BYTES
      return command.call()
    }
    return tool.listing.annotations.readOnlyHint ? run() : inTurn(run)
  }

  const requireProject = async (given: unknown): Promise<void> => {
    if (typeof given !== 'string') return
    requireAbsolutePath(given)
    if (repoPath === null || (await serving.sameProject(given))) return
    throw new PlannerError(
      'REPO_NOT_ALLOWED',
      'This tool server works on one repository, and `repo_path` is not in it.',
    )
  }

  const answer = async (tool: Tool, input: Input, signal: AbortSignal): Promise<ToolAnswer> => {
    try {
      return toAnswer(tool, await perform(tool, input, signal))
    } catch (error) {
      if (error instanceof PlannerError && error.code === 'ROLE_FORBIDDEN')
        log(`refused ${tool.name} to the ${caller.role}`)
      return toFailure(error, reader)
    }
  }

  return {
    start() {
      started = record('the start', () => serving.onStart())
    },
    list: () => granted.map(({listing}) => listing),
    async call(params, signal) {
      const {name, input, threadId} = readCall(params)
      const tool = registry.get(name)
      if (tool === undefined) throw protocolError(`There is no tool ${JSON.stringify(printable(name.slice(0, 64)))}.`)
      if (conversation === null && threadId !== null) {
        conversation = threadId
        void record('the conversation', async () => {
          await started
          await serving.onConversation(threadId)
        })
      }
      const work = answer(tool, input, signal)
      await until(work)
      return work
    },
    async end(milliseconds) {
      isEnding = true
      await within(milliseconds, Promise.allSettled(begun))
      await within(
        milliseconds,
        record('the end', () => serving.onEnd()),
      )
    },
  }
}

function firstOfEachName(classes: readonly CommandClass[]): CommandClass[] {
  const byName = new Map<string, CommandClass>()
  for (const Command of classes) if (!byName.has(toolName(Command))) byName.set(toolName(Command), Command)
  return [...byName.values()]
}

function isCommandClass(loaded: object): loaded is CommandClass {
  return 'tool' in loaded && 'access' in loaded
}

function readCall(params: unknown): {name: string; input: Input; threadId: string | null} {
  const {name, arguments: input = {}, _meta: meta} = isRecord(params) ? params : {}
  if (typeof name !== 'string') throw protocolError('`name` must be the name of a tool.')
  if (!isRecord(input)) throw protocolError('`arguments` must be an object.')
  const threadId = isRecord(meta) ? meta.threadId : undefined
  return {name, input, threadId: typeof threadId === 'string' && /^[\w-]{1,128}$/.test(threadId) ? threadId : null}
}

function protocolError(message: string): Error {
  return Object.assign(new Error(message), {code: INVALID_PARAMS})
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    work.then(() => resolve(), reject).finally(() => clearTimeout(timer))
  })
}
