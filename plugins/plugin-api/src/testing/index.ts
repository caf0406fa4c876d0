export {describeTerminalBackend} from './terminal-backend.ts'
