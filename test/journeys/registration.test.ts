import {appendFile, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import {makeWorld, program, tellOnFailure, type World} from '../support/world.ts'

describe('a bare call on a machine where Codex has been set up by hand', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script: {turns: [{repeat: true, steps: [{text: 'Ready.'}]}]}})
  })
  after(() => world.close())

  const step = async (): Promise<string | undefined> => {
    const {steps} = await world.json<Launched>(['launch'])
    return steps.find(({title}) => title === 'Register the tools with Codex')?.detail
  }

  it('registers the tools once, with absolute paths, and leaves every byte that was there', async () => {
    const file = path.join(world.env.CODEX_HOME ?? '', 'config.toml')
    await appendFile(
      file,
      '\n[mcp_servers.codex-orchestrator]   # mine\ncommand = "codex-planner"\nargs = [ "serve-mcp" ]\n',
    )
    // Codex puts this there itself when its terminal program starts for the first time.
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('[tui]\n', '[tui]\nscreen_reader_detection_done = true\n'))
    const before = await readFile(file, 'utf8')
    expect(await step()).to.equal('registered codex-orchestrator-local')
    const after = await readFile(file, 'utf8')
    expect(after.slice(0, before.length)).to.equal(before)
    expect(after.slice(before.length)).to.equal(`
[mcp_servers.codex-orchestrator-local]
command = "${process.execPath}"
args = ["${program}","serve-mcp"]

[mcp_servers.codex-orchestrator-local.env]
XDG_CONFIG_HOME = "${world.env.XDG_CONFIG_HOME}"
XDG_STATE_HOME = "${world.env.XDG_STATE_HOME}"
XDG_DATA_HOME = "${world.env.XDG_DATA_HOME}"
XDG_CACHE_HOME = "${world.env.XDG_CACHE_HOME}"
CODEX_HOME = "${world.env.CODEX_HOME}"
`)
    expect(await step()).to.equal('codex-orchestrator-local is registered')
    expect(await readFile(file, 'utf8')).to.equal(after)
  })
})
