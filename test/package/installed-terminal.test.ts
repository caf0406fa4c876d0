import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Checkup} from '../../src/services/doctor.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {
  closeWithScreens,
  NO_REGISTRY,
  packScreen,
  SCREEN_FOLDER,
  SCREEN_PACKAGE,
  useScreen,
} from '../support/screen-plugin.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

describe('a terminal that does not come with the program', () => {
  let machine: Machine
  let packed: string

  before(async () => {
    machine = await makeMachine()
    packed = await packScreen(machine.folder)
    await machine.configure('[defaults]\nterminal_backend = "screen"\n')
  })
  after(() => machine?.close())

  const plugins = (...argv: string[]) => machine.run(['plugins', ...argv], {env: NO_REGISTRY})

  async function told(name: string): Promise<string> {
    const {stdout} = await machine.run(['doctor', '--json'])
    const check = (JSON.parse(stdout) as Checkup).checks.find(check => check.name === name)
    return `${check?.status}: ${check?.detail}`
  }

  it('is missed before it is installed', async () => {
    expect(await told('terminal')).to.equal('failed: There is no terminal backend screen; installed: desktop, tmux.')
  })

  it('is installed from a package alone, with no registry in reach, and taken away again', async () => {
    const installed = await plugins('install', `file:${packed}`)
    expect(installed.code, installed.stderr).to.equal(0)
    expect(installed.stderr).not.to.include('Warning')
    expect((await plugins()).stdout).to.equal(`${SCREEN_PACKAGE} 0.3.0\n`)
    const modules = path.join(machine.home, 'data', 'codex-planner', 'node_modules')
    expect(await readdir(path.join(modules, '@codex-planner'))).to.deep.equal(['terminal-screen'])
    expect((await readdir(modules)).filter(name => !name.startsWith('.'))).to.deep.equal(['@codex-planner'])
    expect(await told('terminal')).to.match(/^ok: screen: screen \d+\.\d+\S*, sockets in /)
    expect(await told('plugins')).to.match(/^ok: .*@codex-planner\/terminal-screen \(terminal-backend\)/)
    expect((await plugins('uninstall', SCREEN_PACKAGE)).code).to.equal(0)
    expect(await told('terminal')).to.match(/^failed: There is no terminal backend screen;/)
  })

  it('is linked from its folder, and unlinked again', async () => {
    expect((await plugins('link', SCREEN_FOLDER)).code).to.equal(0)
    expect((await plugins()).stdout).to.equal(`${SCREEN_PACKAGE} 0.3.0 (link) ${SCREEN_FOLDER}\n`)
    expect(await told('terminal')).to.match(/^ok: screen: screen /)
    expect(await told('plugins')).to.match(/^ok: .*@codex-planner\/terminal-screen \(terminal-backend\)/)
    expect((await plugins('unlink', SCREEN_PACKAGE)).code).to.equal(0)
    expect(await told('terminal')).to.match(/^failed: There is no terminal backend screen;/)
  })
})

describe('a session in a terminal that was linked', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  before(async () => {
    world = await makeWorld({script: {rules: [{name: 'anybody', turns: [{steps: [{text: 'I am here.'}]}]}]}})
    await useScreen(world, ['link', SCREEN_FOLDER])
  })
  after(() => closeWithScreens(world))

  it('is started, told of, reached and closed like any other', async () => {
    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    const planner = await world.session('planner')
    expect([planner?.status, planner?.process.value, planner?.backend]).to.deep.equal(['running', 'alive', 'screen'])
    const {attach} = await world.json<{attach: {command: string[]}}>(['attach', 'planner'])
    expect(attach.command.slice(1).join(' ')).to.match(
      /^SCREENDIR=\/.*\/terminal-screen\/s \/usr\/bin\/screen -U -x \d+\.cp-planner-[0-9a-f]{6}$/,
    )
    expect((await world.run(['close-session', 'planner'])).code).to.equal(0)
    expect((await world.session('planner'))?.status).to.equal('closed')
    const sockets = path.join(world.env['XDG_STATE_HOME'] ?? '', 'codex-orchestrator/plugins/terminal-screen/s')
    await eventually('the screen to end', async () => (await readdir(sockets)).length === 0)
  })
})
