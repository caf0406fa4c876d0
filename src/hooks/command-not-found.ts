import type {Hook} from '@oclif/core/hooks'

import {tellUnknownCommand} from '../unknown-command.ts'

const commandNotFound: Hook<'command_not_found'> = async function ({id, argv = [], config}) {
  tellUnknownCommand(id.replaceAll(':', ' '), {config, argv, lead: 'codex-planner'})
  this.exit(2)
}

export default commandNotFound
