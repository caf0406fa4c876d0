import type {Interfaces} from '@oclif/core'
import {execute} from '@oclif/core/execute'
import {settings} from '@oclif/core/settings'

import {withDefaultCommand} from './default-command.ts'
import {NO_SCRIPTS, withFileNames} from './plugins-command.ts'
import {type CommandClasses, shippedPlugins} from './shipped-plugins.ts'
import {warningText} from './warnings.ts'

/** One call, as it was typed. */
export interface Typed {
  argv: readonly string[]
  /** Whether oclif looks for plugins itself, instead of being told which ones came with the program. */
  searches: boolean
}

/** The only call of this process. @param root the folder of the package */
export async function main(root: string, own: CommandClasses, typed: Typed): Promise<void> {
  const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void
  process.emitWarning = (...parameters: unknown[]) => {
    const text = warningText(parameters[0])
    if (text === undefined) emitWarning(...parameters)
    else process.stderr.write(text)
  }

  // A linked plugin is built by whoever works on it.
  settings.enableAutoTranspile = false
  await run(root, own, typed)
}

export async function run(root: string, own: CommandClasses, {argv, searches}: Typed): Promise<void> {
  const args = withDefaultCommand(argv)
  const changesPlugins = args[0] === 'plugins'
  if (changesPlugins) process.env[NO_SCRIPTS] ??= 'true'
  const loadOptions: Interfaces.LoadOptions =
    searches || changesPlugins ? {root} : {root, plugins: shippedPlugins(root, own)}
  await execute({args: withFileNames(args, process.cwd()), loadOptions})
}
