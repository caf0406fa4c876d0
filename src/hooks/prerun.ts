import type {Hook} from '@oclif/core/hooks'

import {callerFrom, requireAccess} from '../domain/role.ts'

/** Commands that are not ours, such as installing a plugin, are for the person alone; ours say themselves who may use them. */
const prerun: Hook<'prerun'> = async function ({Command}) {
  if ('access' in Command || Command.id === 'help') return
  try {
    requireAccess(callerFrom(process.env), 'operate', Command.id.replaceAll(':', ' '))
  } catch (error) {
    if (error instanceof Error) this.error(error, {exit: 1})
    throw error
  }
}

export default prerun
