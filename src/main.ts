import {execute} from '@oclif/core/execute'

import {withDefaultCommand} from './default-command.ts'

// `codex-planner list-tasks | head -1` closes the pipe early: that is no fault.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

// Node 22 warns that node:sqlite may change; the operator can do nothing with that.
const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void
process.emitWarning = (...parameters: unknown[]) => {
  if (!String(parameters[0]).startsWith('SQLite is an experimental feature')) emitWarning(...parameters)
}

await execute({dir: import.meta.url, args: withDefaultCommand(process.argv.slice(2))})
