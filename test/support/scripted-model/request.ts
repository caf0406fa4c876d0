import type {IncomingHttpHeaders} from 'node:http'
import {type OutputItem, readToolOutput, type TextPart, type ToolOutput} from './tool-output.ts'

/** What a script can see of one request of Codex to its model. */
export interface ModelRequest {
  /** The Codex session id. */
  thread: string
  turnId: string
  /** `turn`, or the purpose of a request outside any turn, such as `title`. */
  kind: string
  /** What started the turn: `user`, `exec`, `queue`, … */
  trigger?: string
  model: string
  /** The first message of the person. */
  prompt: string
  /** The newest message of the person. */
  user: string
  cwd: string
  tools: OfferedTool[]
  /** What the tool calls of the thread gave so far, oldest first. */
  outputs: ToolOutput[]
  body: ResponsesBody
}

export interface OfferedTool {
  namespace?: string
  name: string
}

/** The parts of a Responses API request that are read here. */
export interface ResponsesBody {
  model: string
  input: InputItem[]
  tools?: ToolDeclaration[]
}

type InputItem = MessageItem | OutputItem | ToolsItem | {type: 'function_call' | 'custom_tool_call' | 'reasoning'}

interface MessageItem {
  type: 'message'
  role: 'user' | 'developer' | 'assistant'
  content: TextPart[]
}

interface ToolsItem {
  type: 'additional_tools'
  tools: ToolDeclaration[]
}

interface ToolDeclaration {
  type: string
  name?: string
  tools?: ToolDeclaration[]
}

interface TurnMetadata {
  thread_id?: string
  turn_id?: string
  turn_trigger?: string
  thread_source?: string
  request_kind?: string
}

export function readRequest(headers: IncomingHttpHeaders, body: ResponsesBody): ModelRequest {
  const {thread_id, turn_id, turn_trigger, thread_source, request_kind}: TurnMetadata = JSON.parse(
    String(headers['x-codex-turn-metadata'] ?? '{}'),
  )
  const said = userTexts(body)
  const typed = said.filter(text => !isContext(text))
  return {
    thread: thread_id ?? 'no thread',
    turnId: turn_id ?? 'no turn',
    // The terminal asks for the title of a new session on a thread of its own.
    kind: thread_source === 'thread_title' ? 'title' : (request_kind ?? 'turn'),
    trigger: turn_trigger,
    model: body.model,
    prompt: typed.at(0) ?? '',
    user: typed.at(-1) ?? '',
    cwd: said.map(text => /<environment_context>\s*<cwd>([^<]*)/.exec(text)?.[1]).findLast(Boolean) ?? '',
    tools: offeredTools(body),
    outputs: body.input.filter(isOutput).map(readToolOutput),
    body,
  }
}

function userTexts({input}: ResponsesBody): string[] {
  return input
    .filter((item): item is MessageItem => item.type === 'message' && 'role' in item && item.role === 'user')
    .map(({content}) => content.map(({text}) => text ?? '').join(''))
}

// Codex hands the model more than what was typed under the role `user`. Other tags are left alone: a message of the
// product under test may well begin with one.
const CONTEXT =
  /^\s*(?:# AGENTS\.md instructions|<(?:environment_context|user_instructions|user_shell_command|turn_aborted|subagent_notification|skill)>)/

function isContext(text: string): boolean {
  return CONTEXT.test(text)
}

function isOutput(item: InputItem): item is OutputItem {
  return item.type.endsWith('_call_output')
}

function offeredTools({tools = [], input}: ResponsesBody): OfferedTool[] {
  // Code-mode models get their tools as an item of the input.
  const later = input.flatMap(item => ('tools' in item ? item.tools : []))
  return [...tools, ...later].flatMap(tool =>
    tool.type === 'namespace'
      ? (tool.tools ?? []).map(({name, type}) => ({namespace: tool.name, name: name ?? type}))
      : [{name: tool.name ?? tool.type}],
  )
}
