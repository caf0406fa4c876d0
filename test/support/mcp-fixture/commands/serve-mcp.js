export {default} from '../../../../dist/commands/serve-mcp.js'
