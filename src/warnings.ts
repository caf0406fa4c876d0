import path from 'node:path'

/**
 * What a person is told of a warning that Node would print: a text of ours, an empty one for what nobody can act on, and undefined to let
 * Node print its own.
 */
export function warningText(warning: unknown): string | undefined {
  // Node 22 says of node:sqlite that it may change.
  if (String(warning).startsWith('SQLite is an experimental feature')) return ''
  // oclif marks what went wrong with a plugin in the name of the error.
  if (!(warning instanceof Error) || !warning.name.includes(' Plugin: ')) return undefined
  return `    Warning: A plugin could not be loaded: ${faultOf(warning)}.\n    Try this: codex-planner doctor\n`
}

function faultOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' && error.path !== undefined && path.basename(error.path) === 'package.json') {
    return `its folder ${path.dirname(error.path)} is not there`
  }
  return error.message.split('\n', 1)[0]?.replace(/\.$/, '') ?? ''
}
