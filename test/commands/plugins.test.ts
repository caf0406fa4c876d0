import {existsSync} from 'node:fs'
import {mkdir, rename, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Check, Checkup} from '../../src/services/doctor.ts'
import {npmRegistry, published} from '../support/npm-registry.ts'
import {runProgram} from '../support/world.ts'
import {type Machine, makeMachine} from './machine.ts'

const A_POLICY = {hooks: {'worker-policy': './provide.js'}}
const POLICY = `export default async () => ({name: 'mine', api: 1, admit: () => ({allowed: true})})\n`

describe('a plugin that a person installs', function () {
  this.timeout(120_000)
  let machine: Machine
  let root: string
  let marker: string
  const data = () => path.join(machine.home, 'data', 'codex-planner')

  before(async () => {
    machine = await makeMachine()
    marker = path.join(machine.folder, 'a-script-ran')
    root = await machine.repository('repo')
    await machine.json(['init'], {cwd: root})
  })
  afterEach(async () => {
    await rm(data(), {recursive: true, force: true})
    await rm(path.join(machine.folder, 'mine'), {recursive: true, force: true})
    await rm(marker, {force: true})
  })
  after(() => machine.close())

  /** The folder of a package with a policy, which would run a script when it is installed. */
  async function aPackage({name = 'mine', oclif = A_POLICY}: {name?: string; oclif?: object} = {}) {
    const folder = path.join(machine.folder, 'mine')
    await mkdir(path.join(folder, 'commands'), {recursive: true})
    const about = {name, version: '1.2.3', type: 'module', oclif, scripts: {postinstall: `touch ${marker}`}}
    await writeFile(path.join(folder, 'package.json'), JSON.stringify(about))
    await writeFile(path.join(folder, 'provide.js'), POLICY)
    return folder
  }

  async function packed(folder: string): Promise<string> {
    const env = {...machine.env, PATH: process.env['PATH']}
    const {code, stderr} = await runProgram('npm', ['pack', '--silent'], {cwd: folder, env})
    expect(code, stderr).to.equal(0)
    return path.join(folder, 'mine-1.2.3.tgz')
  }

  async function plugins(argv: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const {code, stdout, stderr} = await machine.run(['plugins', ...argv], {cwd: machine.folder, env})
    expect(code, stderr).to.equal(0)
    return stdout
  }

  async function finding(): Promise<Check | undefined> {
    const {stdout} = await machine.run(['doctor', '--json'], {cwd: root})
    return (JSON.parse(stdout) as Checkup).checks.find(({name}) => name === 'plugins')
  }

  describe('is there, and has run no script, when it comes', () => {
    const isThere = async () => {
      expect(await plugins([])).to.match(/^mine 1\.2\.3/m)
      expect((await finding())?.detail).to.include('mine (worker-policy)')
      expect(existsSync(marker)).to.equal(false)
    }

    it('from a folder', async () => {
      await aPackage()
      await plugins(['install', './mine'])
      await isThere()
    })

    it('from a tarball', async () => {
      await plugins(['install', await packed(await aPackage())])
      await isThere()
    })

    it('from a registry', async () => {
      const tarball = await packed(await aPackage())
      const registry = await npmRegistry([published({name: 'mine', version: '1.2.3'}, tarball)])
      try {
        await plugins(['install', 'mine'], {npm_config_registry: registry.url})
      } finally {
        await registry.close()
      }
      await isThere()
    })

    it('as a link, and goes again', async () => {
      await plugins(['link', await aPackage(), '--no-install'])
      await isThere()
      await plugins(['uninstall', 'mine'])
      expect(await plugins([])).not.to.include('mine')
    })
  })

  it('runs its scripts where the person asks for that', async () => {
    await plugins(['install', await packed(await aPackage())], {npm_config_ignore_scripts: 'false'})
    expect(existsSync(marker)).to.equal(true)
  })

  it('is missed in one line when its folder is gone, and doctor knows how to be rid of it', async () => {
    const folder = await aPackage()
    await plugins(['link', folder, '--no-install'])
    await rename(folder, `${folder}-elsewhere`)
    const {code, stdout, stderr} = await machine.run(['list-tasks'], {cwd: root})
    expect({code, stdout, stderr}).to.deep.equal({
      code: 0,
      stdout: 'No task matches.\n',
      stderr: `    Warning: A plugin could not be loaded: its folder ${folder} is not there.\n    Try this: codex-planner doctor\n`,
    })
    expect(await finding()).to.deep.equal({
      name: 'plugins',
      status: 'warning',
      detail: `mine: its folder ${folder} is not there.`,
      remedy: 'codex-planner plugins uninstall mine',
    })
    await plugins(['uninstall', 'mine'])
    expect((await machine.run(['list-tasks'], {cwd: root})).stderr).to.equal('')
    await rm(`${folder}-elsewhere`, {recursive: true})
  })

  it('is named by doctor when it has commands that ours hide', async () => {
    const folder = await aPackage({oclif: {commands: './commands'}})
    for (const name of ['list-tasks', 'their-own']) {
      await writeFile(
        path.join(folder, 'commands', `${name}.js`),
        `export default class Theirs { static args = {}; static flags = {}; static aliases = []; static async run() {} }\n`,
      )
    }
    await plugins(['link', folder, '--no-install'])
    expect(await finding()).to.deep.equal({
      name: 'plugins',
      status: 'warning',
      detail: 'mine has commands that are called like those of codex-planner and never run: list-tasks.',
      remedy: 'codex-planner plugins inspect mine',
    })
  })

  it('is named by doctor when it stands in the place of one of ours', async () => {
    await plugins(['link', await aPackage({name: '@codex-planner/policy-host-pressure'}), '--no-install'])
    expect(await finding()).to.deep.equal({
      name: 'plugins',
      status: 'warning',
      detail: '@codex-planner/policy-host-pressure stands in the place of the one that comes with codex-planner.',
      remedy: 'codex-planner plugins uninstall @codex-planner/policy-host-pressure',
    })
  })

  it('does not come with a repository', async () => {
    const other = await machine.repository('with-plugins')
    await machine.json(['init'], {cwd: other})
    const folder = path.join(other, 'node_modules', 'mine')
    await mkdir(folder, {recursive: true})
    await writeFile(
      path.join(folder, 'package.json'),
      JSON.stringify({name: 'mine', version: '1.0.0', type: 'module', oclif: {hooks: {init: './init.js'}}}),
    )
    await writeFile(
      path.join(folder, 'init.js'),
      `import {writeFileSync} from 'node:fs'\nwriteFileSync(${JSON.stringify(marker)}, '')\n`,
    )
    const oclif = {plugins: ['mine', {name: 'mine', type: 'user'}], devPlugins: ['mine']}
    await writeFile(
      path.join(other, 'package.json'),
      JSON.stringify({name: 'codex-planner', oclif, dependencies: {mine: '1.0.0'}}),
    )
    expect((await machine.run(['plugins'], {cwd: other})).stdout).not.to.include('mine')
    await machine.json(['list-tasks'], {cwd: other})
    expect(existsSync(marker)).to.equal(false)
  })
})
