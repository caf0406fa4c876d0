import {chmod, mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {Config} from '@oclif/core'

const checkout = path.resolve(import.meta.dirname, '../..')

/** Commands that start Codex, or ask it something: their examples are tried in a team. The others need none. */
export const IN_A_TEAM = [
  'attach',
  'dashboard',
  'doctor',
  'launch',
  'resume-task',
  'serve-mcp',
  'spawn-worker',
  'start-planner',
]

export interface Example {
  /** The command it belongs to. */
  id: string
  /** As its page shows it, on one line. */
  line: string
  /** Whether its page says that it may have to be given again later. */
  mayDefer: boolean
}

/** Every example of every command that a person can see. */
export async function everyExample(): Promise<Example[]> {
  const {commands} = await Config.load({root: checkout, userPlugins: false})
  return commands
    .filter(({pluginName, hidden, hiddenAliases, id}) => {
      return pluginName === 'codex-planner' && !hidden && !hiddenAliases.includes(id)
    })
    .flatMap(command => {
      const {id, description = '', examples = []} = command
      const {exitCodes = {}} = command as {exitCodes?: Record<string, string>}
      const mayDefer = '3' in exitCodes || /exit code 3/.test(description)
      return examples.map(example => {
        const line = typeof example === 'string' ? example : example.command
        return {id, line: line.replaceAll('<%= config.bin %>', 'codex-planner'), mayDefer}
      })
    })
}

/** A folder for PATH in which `codex-planner` is the program of this checkout, and what examples have it run does nothing. */
export async function binFolder(folder: string): Promise<string> {
  const bin = path.join(folder, 'examples-bin')
  await mkdir(bin)
  const programs = {
    'codex-planner': `exec '${process.execPath}' '${path.join(checkout, 'bin', 'run.js')}' "$@"`,
    npm: 'exit 0',
    make: 'exit 0',
  }
  for (const [name, line] of Object.entries(programs)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${line}\n`)
    await chmod(path.join(bin, name), 0o755)
  }
  return bin
}
