import {Client} from '@modelcontextprotocol/sdk/client/index.js'
import {StdioClientTransport} from '@modelcontextprotocol/sdk/client/stdio.js'
import {InMemoryTransport} from '@modelcontextprotocol/sdk/inMemory.js'

import {type About, connect} from '../../src/mcp/sdk.ts'
import type {ToolServer} from '../../src/mcp/server.ts'

/** A client of a server in this process. */
export async function clientOf(server: ToolServer, about: Partial<About> = {}): Promise<Client> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await connect(server, {version: '0.0.0', instructions: '', log: () => undefined, ...about}, theirs)
  return connected(new Client({name: 'test', version: '0.0.0'}), ours)
}

/** A client of a server that is a child process, as Codex is one. */
export async function clientOfProcess(
  [command = process.execPath, ...args]: readonly string[],
  {cwd, env}: {cwd: string; env?: Record<string, string>},
): Promise<Client> {
  const transport = new StdioClientTransport({command, args, cwd, ...(env ? {env} : {}), stderr: 'pipe'})
  return connected(new Client({name: 'test', version: '0.0.0'}), transport)
}

async function connected(client: Client, transport: Parameters<Client['connect']>[0]): Promise<Client> {
  await client.connect(transport)
  return client
}
