import type {Hook} from '@oclif/core/hooks'

import {nearest} from '../domain/nearest.ts'
import {printableJson} from '../domain/text.ts'
import {failureText} from '../failure.ts'

/** Names the nearest command and asks nothing: whoever reads this may be an agent. */
const commandNotFound: Hook<'command_not_found'> = async function ({id, argv, config}) {
  const typed = id.replaceAll(':', ' ')
  const known = config.commands.filter(({hidden}) => !hidden).map(command => command.id.replaceAll(':', ' '))
  const failure = {
    code: 'INVALID_ARGUMENT',
    message: `${JSON.stringify(typed)} is no command of codex-planner.`,
    suggestions: [`codex-planner ${nearest(typed, known)}`],
    retryable: false,
  }
  if (argv?.includes('--json')) process.stdout.write(`${printableJson({error: failure})}\n`)
  else process.stderr.write(`${failureText(failure)}\n`)
  this.exit(2)
}

export default commandNotFound
