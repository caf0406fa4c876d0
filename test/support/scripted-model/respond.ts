import {fillObject, fillText} from './placeholders.ts'
import type {ModelRequest, OfferedTool} from './request.ts'
import type {Action, AnswerStep} from './script.ts'
import {ScriptProblem} from './script-problem.ts'

export interface ResponseItem extends Record<string, unknown> {
  type: string
  id: string
}

/** How the output of a code-mode tool call begins when that tool was not there. */
export const NOT_OFFERED = 'The scripted model was not offered '

/** The items the model answers with. `tag` makes their ids unique. */
export function responseItems(step: AnswerStep, request: ModelRequest, tag: string): ResponseItem[] {
  const actions = 'parallel' in step ? step.parallel : [step]
  const items = actions.map((action, index) => responseItem(action, request, `${tag}_${index}`))
  return step.reasoning === undefined ? items : [reasoning(fillText(step.reasoning, request), tag), ...items]
}

export function message(text: string, id: string): ResponseItem {
  return {type: 'message', role: 'assistant', id: `msg_${id}`, content: [{type: 'output_text', text}]}
}

function responseItem(action: Action, request: ModelRequest, id: string): ResponseItem {
  const {tools} = request
  if ('item' in action) return {id: `item_${id}`, type: action.item.type, ...fillObject(action.item, request)}
  if ('text' in action) return message(fillText(action.text, request), id)
  if ('js' in action) return customCall(offered('exec', undefined, tools), fillText(action.js, request), id)
  if ('custom' in action) {
    return customCall(offered(action.custom, undefined, tools), fillText(action.input, request), id)
  }
  const args = fillObject(action.args ?? {}, request)
  if ('mcp' in action) return mcpCall(action.mcp, args, tools, id)
  if ('shell' in action) return shellCall({cmd: fillText(action.shell, request), ...args}, tools, id)
  return functionCall(offered(action.tool, action.namespace, tools), args, id)
}

function mcpCall(mcp: string, args: Record<string, unknown>, tools: OfferedTool[], id: string): ResponseItem {
  const dot = mcp.indexOf('.')
  const namespace = `mcp__${identifier(mcp.slice(0, dot))}`
  const name = identifier(mcp.slice(dot + 1))
  if (isCodeMode(tools)) return codeCall(`${namespace}__${name}`, args, tools, id)
  return functionCall(offered(name, namespace, tools), args, id)
}

function shellCall(args: Record<string, unknown>, tools: OfferedTool[], id: string): ResponseItem {
  if (isCodeMode(tools)) return codeCall('exec_command', args, tools, id)
  return functionCall(offered('exec_command', undefined, tools), args, id)
}

// Codex makes identifiers of server and tool names, for plain models too.
function identifier(name: string): string {
  return name.replaceAll(/\W/g, '_')
}

function isCodeMode(tools: OfferedTool[]): boolean {
  return tools.some(({name}) => name === 'exec') && !tools.some(({name}) => name === 'exec_command')
}

// Only the code itself can see which tools there are. Without its first line Codex would give back an unfinished
// result after 30 seconds, where a plain model waits for the tool.
function codeCall(tool: string, args: Record<string, unknown>, tools: OfferedTool[], id: string): ResponseItem {
  const code = [
    '// @exec: {"yield_time_ms": 600000}',
    `if (typeof tools.${tool} !== 'function') text(${JSON.stringify(NOT_OFFERED + tool)})`,
    `else text(JSON.stringify(await tools.${tool}(${JSON.stringify(args)})))`,
  ]
  return customCall(offered('exec', undefined, tools), code.join('\n'), id)
}

// Code-mode models have their own function tools in a namespace `functions`; a script need not care.
function offered(name: string, namespace: string | undefined, tools: OfferedTool[]): OfferedTool {
  const namespaces = namespace === undefined ? [undefined, 'functions'] : [namespace]
  const found = tools.find(tool => tool.name === name && namespaces.includes(tool.namespace))
  if (found) return found
  const others = tools.map(fullName).join(', ') || 'nothing'
  throw new ScriptProblem(`${NOT_OFFERED}${fullName({name, namespace})}. It was offered ${others}.`)
}

function fullName({namespace, name}: OfferedTool): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

function functionCall({namespace, name}: OfferedTool, args: Record<string, unknown>, id: string): ResponseItem {
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    namespace,
    name,
    arguments: JSON.stringify(args),
  }
}

function customCall({name}: OfferedTool, input: string, id: string): ResponseItem {
  return {type: 'custom_tool_call', id: `ctc_${id}`, call_id: `call_${id}`, status: 'completed', name, input}
}

function reasoning(text: string, tag: string): ResponseItem {
  return {
    type: 'reasoning',
    id: `rs_${tag}`,
    summary: [{type: 'summary_text', text}],
    content: null,
    encrypted_content: null,
  }
}
