import type {Tool} from './tool.ts'

/**
 * A suggestion of an error as the caller of a tool can follow it: `codex-planner show-task TASK-001` becomes
 * `show_task {"task_id":"TASK-001"}`. Null when it names a command that none of `tools` is, or says what no tool can.
 */
export function asToolCall(suggestion: string, bin: string, tools: readonly Tool[]): string | null {
  const [program, command, ...words] = shellWords(suggestion)
  if (program !== bin) return suggestion
  const tool = tools.find(({Command}) => Command.id === command)
  if (tool === undefined) return null
  const input = toInput(tool, words)
  if (input === null) return null
  return Object.keys(input).length === 0 ? tool.name : `${tool.name} ${JSON.stringify(input)}`
}

function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []
  return words.map(word => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'))
}

function toInput(tool: Tool, words: readonly string[]): Record<string, unknown> | null {
  const input: Record<string, unknown> = {}
  const positionals = tool.arguments.filter(({option}) => option === null)
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const [, name, inline] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? []
    const argument =
      name === undefined ? positionals.shift() : tool.arguments.find(({option}) => option !== null && option === name)
    if (argument === undefined) return null
    const {property, schema} = argument
    if (schema.type === 'boolean') {
      input[property] = true
      continue
    }
    const value = name === undefined ? word : (inline ?? words[(at += 1)])
    if (value === undefined) return null
    if (schema.type === 'array') input[property] = [input[property] ?? [], value].flat()
    else input[property] = schema.type === 'integer' ? Number(value) : value
  }
  return input
}
