import type {TerminalBackendHook} from '@codex-planner/plugin-api'
import {terminalBackend} from './backend.ts'

/** The plugin's name is that of its state folder, and of its table in the host configuration. */
export default (async ({hostFor}) => terminalBackend(hostFor('template-terminal'))) satisfies TerminalBackendHook
