import type {TerminalBackendHook} from '@codex-planner/plugin-api'

import {tmuxBackend} from './tmux-backend.ts'

export default (async ({hostFor}) => tmuxBackend(hostFor('terminal-tmux'))) satisfies TerminalBackendHook
