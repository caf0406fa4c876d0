import type {WorkerPolicyHook} from '@codex-planner/plugin-api'

import {hostPressure} from './host-pressure.ts'

export default (async () => hostPressure) satisfies WorkerPolicyHook
