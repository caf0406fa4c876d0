export {describeTerminalBackend} from './terminal-backend.ts'
export {type ThrowAwayHost, throwAwayHost} from './throw-away-host.ts'
export {describeWorkerPolicy} from './worker-policy.ts'
