import type {TerminalBackendHook} from '@codex-planner/plugin-api'

import {screenBackend} from './screen-backend.ts'

export default (async ({hostFor}) => screenBackend(hostFor('terminal-screen'))) satisfies TerminalBackendHook
