import type {WorkerPolicyHook} from '@codex-planner/plugin-api'

import {SETTINGS, writeScope} from './write-scope.ts'

export default (async ({hostFor}) =>
  writeScope(hostFor('policy-write-scope').readSettings(SETTINGS))) satisfies WorkerPolicyHook
