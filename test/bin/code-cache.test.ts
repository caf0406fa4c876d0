import {chmod, chown, cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {checkout, type Machine, makeMachine, type Ran, runProgram} from '../commands/machine.ts'

describe('what Node has compiled', () => {
  let machine: Machine
  let copy: string
  let code: string

  beforeEach(async () => {
    machine = await makeMachine()
    copy = path.join(machine.folder, 'program')
    code = path.join(machine.home, 'cache', 'codex-planner', 'code')
    await mkdir(copy)
    for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
      await cp(path.join(checkout, name), path.join(copy, name), {recursive: true})
    await symlink(path.join(checkout, 'node_modules'), path.join(copy, 'node_modules'))
  })
  afterEach(() => machine.close())

  const help = (env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    runProgram(process.execPath, [path.join(copy, 'bin', 'run.js'), '--help'], {
      cwd: machine.folder,
      env: {...machine.env, CODEX_PLANNER_CACHE_DIR: undefined, ...env},
    })

  async function expectHelp(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const {code: exit, stdout, stderr} = await help(env)
    expect({exit, stderr}).to.deep.equal({exit: 0, stderr: ''})
    expect(stdout).to.match(/^Run a team of Codex sessions/)
  }

  async function entries(): Promise<string[]> {
    const names = await readdir(code, {recursive: true, withFileTypes: true})
    return names.filter(entry => entry.isFile()).map(({parentPath, name}) => path.join(parentPath, name))
  }

  it('is kept in the person’s cache folder, for nobody else to read', async () => {
    await expectHelp()
    expect((await stat(code)).mode & 0o777).to.equal(0o700)
    const kept = await entries()
    expect(kept.length).to.be.greaterThan(0)
    for (const file of kept) expect((await stat(file)).mode & 0o777, file).to.equal(0o600)
  })

  it('is not asked for when it is damaged', async () => {
    await expectHelp()
    const kept = await entries()
    for (const file of kept) await writeFile(file, (await readFile(file)).fill(7, 64))
    await expectHelp()
    for (const file of kept) await writeFile(file, '')
    await expectHelp()
  })

  it('is not taken for that of another build, not even of the same length', async () => {
    await expectHelp()
    const bundle = path.join(copy, 'dist', 'bundle', 'help.cjs')
    const text = await readFile(bundle, 'utf8')
    expect(text).to.include('The command line is wrong.')
    await writeFile(bundle, text.replaceAll('The command line is wrong.', 'The command line is WRONG.'))
    expect((await help()).stdout).to.include('The command line is WRONG.')
  })

  it('is done without where no folder can be made for it', async () => {
    await writeFile(path.join(machine.home, 'cache'), '')
    await expectHelp()
  })

  it('is neither read nor written where others may write', async () => {
    await mkdir(code, {recursive: true})
    await chmod(code, 0o777)
    await expectHelp()
    expect(await entries()).to.deep.equal([])
  })

  it('is neither read nor written in a folder of another user', async function () {
    if (process.geteuid?.() !== 0) this.skip()
    await mkdir(code, {recursive: true, mode: 0o700})
    await chown(code, 65_534, 65_534)
    await expectHelp()
    expect(await entries()).to.deep.equal([])
  })

  it('is never kept in the folder a call is made in', async () => {
    await rm(path.join(machine.home, 'cache'), {recursive: true, force: true})
    await expectHelp({XDG_CACHE_HOME: '.cache'})
    expect((await readdir(machine.folder)).toSorted()).to.deep.equal(['home', 'program'])
  })
})
