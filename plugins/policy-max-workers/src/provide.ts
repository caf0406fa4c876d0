import type {WorkerPolicyHook} from '@codex-planner/plugin-api'

import {maxWorkers, SETTINGS} from './max-workers.ts'

export default (async ({hostFor}) =>
  maxWorkers(hostFor('policy-max-workers').readSettings(SETTINGS))) satisfies WorkerPolicyHook
