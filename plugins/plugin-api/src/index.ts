export type {PluginHost, ProgramResult, RunOptions} from './plugin-host.ts'
export type {
  Dashboard,
  DashboardView,
  OpenTerminal,
  Readiness,
  TerminalBackend,
  TerminalBackendHook,
  TerminalRef,
  TerminalState,
  WayBack,
} from './terminal-backend.ts'
export type {HostLoad, Thresholds, Verdict, WorkerPolicy, WorkerPolicyHook, WorkRequest} from './worker-policy.ts'
