import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import {run as runOclif} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'

import {withDefaultCommand} from './default-command.ts'
import {NO_SCRIPTS, withFileNames} from './plugins-command.ts'
import type {CommandClasses} from './shipped-plugins.ts'
import {hasStandardStream, watchStandardStreams} from './standard-output.ts'
import {toldConfig} from './told-config.ts'
import {warningText} from './warnings.ts'

/** One call, as it was typed. */
export interface Typed {
  argv: readonly string[]
  /** Whether oclif looks for plugins itself, instead of being told which ones came with the program. */
  searches: boolean
}

/** The only call of this process. @param root the folder of the package */
export async function main(root: string, own: CommandClasses, typed: Typed): Promise<void> {
  watchStandardStreams()
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
  const options = searches || changesPlugins ? {root} : await toldConfig(root, own)
  try {
    await runOclif(withFileNames(args, process.cwd()), options)
    if (hasStandardStream()) await flush()
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)))
  }
}
