import type {Hook} from '@oclif/core/hooks'

import type {ReconcileHooks} from '../reconcile.ts'
import {staleIntents} from '../services/intents.ts'
import type {Project} from '../services/project.ts'
import {noteTroubles} from '../services/trouble.ts'

/** Before these a planner has nothing to hear any more. */
const LAST = ['suspend', 'shutdown']

/** What an earlier command left is finished or taken back, within the caller's role. Then the workers are looked after. */
const lookAfter: Hook<'reconcile', ReconcileHooks> = async ({project, command}) => {
  const finished = await finish(project)
  if (!LAST.includes(command)) await noteTroubles(project)
  return finished
}

/** Nearly always there is nothing to finish, and nothing is loaded for it. */
async function finish(project: Project): Promise<string[]> {
  if ((await staleIntents(project)).standing.length === 0) return []
  const {finishIntents} = await import('../services/finish.ts')
  return finishIntents(project)
}

export default lookAfter
