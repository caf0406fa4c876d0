import type {Hook} from '@oclif/core/hooks'

import type {ReconcileHooks} from '../reconcile.ts'
import {finishIntents} from '../services/finish.ts'

/** What an earlier command left is finished or taken back, within the caller's role. */
const finish: Hook<'reconcile', ReconcileHooks> = async ({project}) => finishIntents(project)

export default finish
