import {execute} from '@oclif/core/execute'
import {settings} from '@oclif/core/settings'

import {withDefaultCommand} from './default-command.ts'
import {NO_SCRIPTS, withFileNames} from './plugins-command.ts'
import {type CommandClasses, shippedPlugins} from './shipped-plugins.ts'
import {warningText} from './warnings.ts'

/** @param searches whether oclif looks for plugins itself, instead of being told which ones came with the program */
export async function main(root: string, searches: boolean, own: CommandClasses): Promise<void> {
  const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void
  process.emitWarning = (...parameters: unknown[]) => {
    const text = warningText(parameters[0])
    if (text === undefined) emitWarning(...parameters)
    else process.stderr.write(text)
  }

  // A linked plugin is built by whoever works on it.
  settings.enableAutoTranspile = false

  const argv = withDefaultCommand(process.argv.slice(2))
  if (argv[0] === 'plugins') process.env[NO_SCRIPTS] ??= 'true'
  await execute({
    args: withFileNames(argv, process.cwd()),
    loadOptions: searches ? {root} : {root, plugins: shippedPlugins(root, own)},
  })
}
