import {TOOL_SERVER} from '../codex-command.ts'

const NAMESPACE = `mcp__${TOOL_SERVER.replaceAll('-', '_')}`

/**
 * How a model calls our tools. Models that work through a JavaScript tool see no tool of ours until they call it by its full name, so both
 * spellings stand in every prompt.
 */
export function toolCalls(example: string, argument: string): string {
  return `The tools belong to the server ${TOOL_SERVER} (${NAMESPACE}). Call one directly, as ${NAMESPACE}.${example} with ${argument}; or, where you only have a JavaScript tool, as \`await tools.${NAMESPACE}__${example}(${argument})\`. They are there even when no list shows them.`
}
