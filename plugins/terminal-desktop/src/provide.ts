import type {TerminalBackendHook} from '@codex-planner/plugin-api'

import {desktopBackend} from './desktop-backend.ts'

export default (async ({hostFor}) => desktopBackend(hostFor('terminal-desktop'))) satisfies TerminalBackendHook
