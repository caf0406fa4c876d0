import {execute} from '@oclif/core/execute'
import {settings} from '@oclif/core/settings'

import {withDefaultCommand} from './default-command.ts'
import {NO_SCRIPTS, withFileNames} from './plugins-command.ts'
import {warningText} from './warnings.ts'

// `codex-planner list-tasks | head -1` closes the pipe early: that is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

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
await execute({dir: import.meta.url, args: withFileNames(argv, process.cwd())})
