import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'

import {TOOL_PLUGIN, TOOL_SERVER} from '../../src/domain/codex-command.ts'
import {CONFIG_KEYS, environmentVariable} from '../../src/domain/config.ts'

const checkout = path.resolve(import.meta.dirname, '../..')
const read = (...parts: string[]) => JSON.parse(readFileSync(path.join(checkout, ...parts), 'utf8'))

interface Server {
  command: string
  args: string[]
  env_vars: string[]
}

describe("the plugin for Codex's marketplaces, as it is written down", () => {
  const plugin = read('plugins', TOOL_PLUGIN, '.codex-plugin', 'plugin.json')
  const {mcpServers} = read('plugins', TOOL_PLUGIN, '.mcp.json') as {mcpServers: Record<string, Server>}
  const server = mcpServers[TOOL_SERVER]

  it('has the version of the program', () => {
    expect(plugin).to.include({name: TOOL_PLUGIN, version: read('package.json').version})
  })

  it('is where the marketplace says', () => {
    const {plugins} = read('.agents', 'plugins', 'marketplace.json') as {
      plugins: {name: string; source: {path: string}}[]
    }
    expect(plugins.map(({name}) => name)).to.deep.equal([TOOL_PLUGIN])
    for (const {source} of plugins) {
      expect(existsSync(path.join(checkout, source.path, '.codex-plugin', 'plugin.json')), source.path).to.equal(true)
    }
  })

  it('runs the installed program and names no path of a checkout', () => {
    expect(Object.keys(mcpServers)).to.deep.equal([TOOL_SERVER])
    expect(server).to.deep.include({command: 'codex-planner', args: ['serve-mcp']})
  })

  it('passes on every variable that configures the program, and those that say whose session it is', () => {
    const identity = ['PROJECT', 'ROLE', 'SESSION', 'RUN', 'CLI'].map(name => `CODEX_ORCHESTRATOR_${name}`)
    expect(server?.env_vars).to.include.members([
      ...CONFIG_KEYS.map(environmentVariable),
      ...identity,
      'CODEX_ORCHESTRATOR_CONFIG',
      'CODEX_HOME',
      'XDG_CONFIG_HOME',
      'XDG_STATE_HOME',
      'XDG_DATA_HOME',
      'XDG_CACHE_HOME',
    ])
  })
})
