// A small MCP server on stdio, for the tests of the scripted model.
import {Server} from '@modelcontextprotocol/sdk/server/index.js'
import {StdioServerTransport} from '@modelcontextprotocol/sdk/server/stdio.js'
import {CallToolRequestSchema, ListToolsRequestSchema} from '@modelcontextprotocol/sdk/types.js'

const server = new Server({name: 'note-pad', version: '1.0.0'}, {capabilities: {tools: {}}})
const inputSchema = {type: 'object', properties: {title: {type: 'string'}}}

server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: ['create-note', 'describe', 'refuse'].map(name => ({name, inputSchema, annotations: {readOnlyHint: true}})),
}))

server.setRequestHandler(CallToolRequestSchema, ({params}) => {
  const title = params.arguments?.['title']
  if (params.name === 'create-note') {
    return {content: [{type: 'text', text: 'One note made.'}], structuredContent: {note: {id: 'N-1', size: 3, title}}}
  }
  const blocks = ['Two blocks', JSON.stringify({title}, undefined, 2)].map(text => ({type: 'text', text}))
  return {content: blocks, isError: params.name === 'refuse'}
})

await server.connect(new StdioServerTransport())
