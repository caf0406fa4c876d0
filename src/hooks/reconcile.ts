import type {Hook} from '@oclif/core/hooks'

import type {ReconcileHooks} from '../reconcile.ts'
import {finishIntents} from '../services/finish.ts'
import {noteTroubles} from '../services/trouble.ts'

/** Before these a planner has nothing to hear any more. */
const LAST = ['suspend', 'shutdown']

/** What an earlier command left is finished or taken back, within the caller's role. Then the workers are looked after. */
const lookAfter: Hook<'reconcile', ReconcileHooks> = async ({project, command}) => {
  const finished = await finishIntents(project)
  if (!LAST.includes(command)) await noteTroubles(project)
  return finished
}

export default lookAfter
