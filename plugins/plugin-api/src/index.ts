export type {PluginHost, ProgramResult, RunOptions, SettingRule, SettingsSchema, StartOptions} from './plugin-host.ts'
export type {
  Dashboard,
  DashboardView,
  OpenTerminal,
  Readiness,
  TerminalBackend,
  TerminalBackendHook,
  TerminalHint,
  TerminalRef,
  TerminalState,
  WayBack,
} from './terminal-backend.ts'
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
