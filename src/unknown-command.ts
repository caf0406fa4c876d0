import type {Config} from '@oclif/core/interfaces'

import {meantCommand} from './domain/nearest.ts'
import {printableJson, shortened} from './domain/text.ts'
import {type Failure, failureText} from './failure.ts'
import {print} from './standard-output.ts'

/** Names the nearest command and asks nothing: whoever reads this may be an agent. `lead` is what comes before its name. */
export function tellUnknownCommand(typed: string, {config, argv, lead}: Asked): void {
  const known = config.commands.filter(({hidden}) => !hidden).map(({id}) => id.replaceAll(':', ' '))
  const {command, isNear} = meantCommand(typed, known)
  const suggestions = [`${lead} ${command}`, 'codex-planner help']
  const failure: Failure = {
    code: 'INVALID_ARGUMENT',
    message: `${JSON.stringify(shortened(typed, 100))} is no command of codex-planner.`,
    suggestions: isNear ? suggestions.slice(0, 1) : suggestions.toReversed(),
    retryable: false,
  }
  if (argv.includes('--json')) print(`${printableJson({error: failure})}\n`)
  else process.stderr.write(`${failureText(failure)}\n`)
}

interface Asked {
  config: Config
  argv: readonly string[]
  lead: 'codex-planner' | 'codex-planner help'
}
