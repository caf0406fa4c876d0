export type {PluginHost, ProgramResult, RunOptions, SettingRule, SettingsSchema, StartOptions} from './plugin-host.ts'
export type {Processes, ProcessIdentity} from './processes.ts'
export type {
  Dashboard,
  DashboardView,
  OpenTerminal,
  Readiness,
  TerminalBackend,
  TerminalBackendHook,
  TerminalHint,
  TerminalRef,
  WayBack,
} from './terminal-backend.ts'
export type {TerminalState} from './terminal-state.ts'
export type {
  HostLoad,
  Pressure,
  Stall,
  Thresholds,
  Verdict,
  WorkerPolicy,
  WorkerPolicyHook,
  WorkRequest,
} from './worker-policy.ts'
