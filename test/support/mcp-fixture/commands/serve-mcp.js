export {default} from '../../../../src/commands/serve-mcp.ts'
