export interface TextPart {
  type: string
  text?: string
}

/** An item of a request's `input` that carries what a tool call gave. */
export interface OutputItem {
  type: string
  call_id: string
  output: string | TextPart[]
}

/** What a tool gave, the same for a model with plain function tools and for a code-mode model. */
export interface ToolOutput {
  callId: string
  text: string
}

interface ToolResult {
  content: TextPart[]
  structuredContent?: unknown
}

interface ShellResult {
  output: string
  wall_time_seconds: number
}

// Codex puts lines like "Wall time: 0.1 seconds" and "Output:" before what the tool itself said.
const HEADER = /^(?:(?:Script|Chunk ID:|Wall time|Process|Original token count:)[^\n]*\n)+Output:(?:\n|$)/

export function readToolOutput({type, call_id, output}: OutputItem): ToolOutput {
  const text = withoutHeader(output)
  return {callId: call_id, text: type === 'custom_tool_call_output' ? unwrap(text) : text}
}

function withoutHeader(output: string | TextPart[]): string {
  if (typeof output === 'string') return output.replace(HEADER, '')
  const [first = '', ...rest] = output.map(({text}) => text ?? '')
  const start = first.replace(HEADER, '')
  return (start === '' ? rest : [start, ...rest]).join('\n')
}

// In code mode the model gets a tool's result as one JSON object. A plain model gets the structured content when there
// is any, else the text blocks; from a shell command it gets the output.
function unwrap(text: string): string {
  const value = jsonIn(text)
  if (isShellResult(value)) return value.output
  if (!isToolResult(value)) return text
  if (value.structuredContent !== undefined) return JSON.stringify(value.structuredContent)
  return value.content.map(part => part.text ?? '').join('\n')
}

function isShellResult(value: unknown): value is ShellResult {
  return isObject(value) && typeof value['output'] === 'string' && typeof value['wall_time_seconds'] === 'number'
}

function isToolResult(value: unknown): value is ToolResult {
  return isObject(value) && Array.isArray(value['content'])
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** The first JSON object or array in a text. It must start a line, and nothing may follow it on the line it ends. */
export function jsonIn(text: string): unknown {
  for (const candidate of candidates(text)) {
    const value = parsed(candidate)
    if (value !== undefined) return value
  }
  return undefined
}

// No line comes up more than twice, so that a long output stays cheap.
function* candidates(text: string): Generator<string> {
  const lines = text.split('\n')
  let start: number | undefined
  for (const [index, line] of lines.entries()) {
    if (/^[{[]/.test(line)) {
      start = index
      yield line
    } else if (start !== undefined && /^[\]}]/.test(line)) {
      yield lines.slice(start, index + 1).join('\n')
      start = undefined
    }
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
