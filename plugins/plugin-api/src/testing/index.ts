export {describeTerminalBackend} from './terminal-backend.ts'
export {describeWorkerPolicy} from './worker-policy.ts'
