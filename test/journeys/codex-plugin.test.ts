import {mkdir, readFile, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {codexProgram} from '../support/codex-home.ts'
import {NOT_OFFERED} from '../support/scripted-model/respond.ts'
import {eventually, makeWorld, program, runProgram, taskIn, tellOnFailure, type World} from '../support/world.ts'

const checkout = path.resolve(import.meta.dirname, '../..')
const PLUGIN = 'codex-orchestrator-tools@codex-planner'
const TOOLS = 'codex-orchestrator-local'

/** The real Codex on the throw-away machine. */
async function codex(world: World, args: readonly string[], cwd = world.root): Promise<string> {
  const {code, stdout, stderr} = await runProgram(codexProgram(), args, {cwd, env: world.env})
  if (code !== 0) throw new Error(`codex ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return stdout
}

/**
 * What a Codex of the person's own says. It waits about a second for a tool server that is not required: on a busy machine it may begin
 * without, and is asked again.
 */
async function asked(world: World, prompt: string): Promise<string> {
  const {problems} = world.model
  for (let tries = 1; ; tries += 1) {
    const said = await codex(world, ['exec', '--json', '-s', 'danger-full-access', prompt])
    if (tries === 10 || !problems.some(problem => problem.includes(NOT_OFFERED))) return said
    problems.length = 0
  }
}

async function servers(world: World): Promise<string[]> {
  const list = JSON.parse(await codex(world, ['mcp', 'list', '--json'])) as {name: string}[]
  return list.map(({name}) => name)
}

describe("the plugin for Codex's marketplaces", function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    const steps = [{mcp: `${TOOLS}.create_task`, args: {title: 'Asked from a Codex of my own'}}, {text: 'Done.'}]
    world = await makeWorld({plugins: true, script: {turns: [{repeat: true, steps}]}})
    // What an installation for all repositories puts there.
    const bin = path.join(world.folder, 'bin')
    await mkdir(bin)
    await symlink(program, path.join(bin, 'codex-planner'))
    world.env.PATH = `${bin}:${world.env.PATH}`
    await world.run(['init'])
  })
  after(() => world.close())

  // One story: its steps build on each other.
  it('is found, installed, used by a Codex that the person started, and removed', async () => {
    const before = await readFile(path.join(world.env.CODEX_HOME ?? '', 'config.toml'), 'utf8')
    await codex(world, ['plugin', 'marketplace', 'add', '.'], checkout)
    const {available} = JSON.parse(await codex(world, ['plugin', 'list', '--available', '--json'])) as {
      available: {pluginId: string; version: string}[]
    }
    expect(available.map(({pluginId, version}) => ({pluginId, version}))).to.deep.equal([
      {pluginId: PLUGIN, version: '0.3.0'},
    ])
    await codex(world, ['plugin', 'add', PLUGIN])
    expect(await servers(world)).to.deep.equal([TOOLS])

    const said = await asked(world, 'Make a task')
    expect(said).to.include(`"server":"${TOOLS}"`).and.include('Done.')
    expect(world.model.problems).to.deep.equal([])
    expect(taskIn(await world.tasks(), 'TASK-001').title).to.equal('Asked from a Codex of my own')

    await codex(world, ['plugin', 'remove', PLUGIN])
    expect(await servers(world)).to.deep.equal([])
    await codex(world, ['plugin', 'marketplace', 'remove', 'codex-planner'])
    expect(await readFile(path.join(world.env.CODEX_HOME ?? '', 'config.toml'), 'utf8')).to.equal(before)
  })
})

describe('the tools a planner is shown', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  beforeEach(async () => {
    world = await makeWorld({plugins: true, script: {turns: [{repeat: true, steps: [{text: 'Ready.'}]}]}})
  })
  afterEach(() => world.close())

  /** A marketplace of somebody else, with a plugin of our name. */
  async function anEarlierPlugin(server: string): Promise<void> {
    const folder = path.join(world.folder, 'earlier')
    const files = {
      '.agents/plugins/marketplace.json': {
        name: 'earlier',
        plugins: [{name: 'codex-orchestrator-tools', source: {source: 'local', path: './it'}}],
      },
      'it/.codex-plugin/plugin.json': {name: 'codex-orchestrator-tools', version: '0.2.0', mcpServers: './.mcp.json'},
      'it/.mcp.json': {mcpServers: {[server]: anotherServer()}},
    }
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), {recursive: true})
      await writeFile(path.join(folder, name), JSON.stringify(content))
    }
    await codex(world, ['plugin', 'marketplace', 'add', folder])
    await codex(world, ['plugin', 'add', 'codex-orchestrator-tools@earlier'])
  }

  function anotherServer() {
    return {command: process.execPath, args: [program, 'serve-mcp']}
  }

  async function ourPlugin(): Promise<void> {
    await codex(world, ['plugin', 'marketplace', 'add', '.'], checkout)
    await codex(world, ['plugin', 'add', PLUGIN])
  }

  async function registered(name: string): Promise<void> {
    const {command, args} = anotherServer()
    await codex(world, ['mcp', 'add', name, '--', command, ...args])
  }

  /** A registration the person keeps, but not for every Codex. */
  async function switchedOff(name: string): Promise<void> {
    await registered(name)
    const file = path.join(world.env.CODEX_HOME ?? '', 'config.toml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(`[mcp_servers.${name}]`, `[mcp_servers.${name}]\nenabled = false`))
  }

  async function inTheRepository(): Promise<void> {
    const {command, args} = anotherServer()
    const table = `[mcp_servers.codex-orchestrator]\ncommand = "${command}"\nargs = ${JSON.stringify(args)}\n`
    await mkdir(path.join(world.root, '.codex'), {recursive: true})
    await writeFile(path.join(world.root, '.codex', 'config.toml'), table)
  }

  const SETUPS: [what: string, make: () => Promise<unknown>][] = [
    ['nothing registered', async () => undefined],
    ['the plugin installed', ourPlugin],
    [
      'a plugin of another marketplace that calls its server codex-orchestrator',
      () => anEarlierPlugin('codex-orchestrator'),
    ],
    ['a server registered as codex-orchestrator', () => registered('codex-orchestrator')],
    [
      'an address registered as codex-orchestrator',
      () => codex(world, ['mcp', 'add', 'codex-orchestrator', '--url', 'http://127.0.0.1:9/mcp']),
    ],
    ["codex-orchestrator in the repository's own configuration of Codex", inTheRepository],
    ['the registration of codex-orchestrator-local switched off', () => switchedOff(TOOLS)],
    [
      'all of that at once',
      async () => {
        await ourPlugin()
        await anEarlierPlugin('orchestrator')
        await registered('codex-orchestrator')
        await switchedOff(TOOLS)
        await inTheRepository()
      },
    ],
  ]
  for (const [what, make] of SETUPS) {
    it(`are one set with ${what}`, async () => {
      await make()
      await world.json(['init'])
      const {session} = await world.json<{session: {status: string}}>(['start-planner'])
      expect(session.status).to.equal('running')
      const request = await eventually('its first request', async () =>
        world.model.requests.find(({kind}) => kind === 'turn'),
      )
      const offered = request.tools.filter(({name}) => name === 'create_task').map(({namespace}) => namespace)
      expect(offered).to.deep.equal(['mcp__codex_orchestrator_local'])
    })
  }
})
