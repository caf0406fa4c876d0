import {mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {checkout, runProgram} from '../commands/machine.ts'
import {NO_REGISTRY} from '../support/screen-plugin.ts'
import {makeWorld, tellOnFailure, type World} from '../support/world.ts'

const modules = path.join(checkout, 'node_modules')

/** What the page has a newcomer type to copy the template. */
async function linesOfThePage(): Promise<string> {
  const page = await readFile(path.join(checkout, 'docs', 'write-a-terminal.md'), 'utf8')
  return /## 1\. Copy\n\n```bash\n(.+?)```/s.exec(page)?.[1] ?? ''
}

describe('a terminal that was copied from the template', function () {
  this.timeout(120_000)
  let folder: string
  let copy: string
  let world: World
  tellOnFailure(() => world)

  async function run(program: string, ...args: string[]): Promise<string> {
    const {code, stdout, stderr} = await runProgram(program, args, {cwd: copy, env: process.env})
    expect(code, `${stdout}${stderr}`).to.equal(0)
    return stdout
  }

  before(async () => {
    folder = await mkdtemp(path.join(await realpath(tmpdir()), 'cp-'))
    copy = path.join(folder, 'my-terminal')
    await symlink(checkout, path.join(folder, 'codex-planner'))
    const {code, stderr} = await runProgram('bash', ['-euc', await linesOfThePage()], {cwd: folder, env: process.env})
    expect(code, stderr).to.equal(0)
    // In the place of what npm would fetch.
    await mkdir(path.join(copy, 'node_modules', '@codex-planner'), {recursive: true})
    for (const name of ['@codex-planner/plugin-api', '@types', 'mocha', 'typescript'])
      await symlink(path.join(modules, name), path.join(copy, 'node_modules', name))
    await run(path.join(modules, '.bin', 'tsc'))
  })
  after(async () => {
    await world?.close()
    await rm(folder, {recursive: true})
  })

  it('bears its own name', async () => {
    const {name, version} = JSON.parse(await readFile(path.join(copy, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect([name, version]).to.deep.equal(['my-terminal', '0.1.0'])
    expect(await readFile(path.join(copy, 'src', 'provide.ts'), 'utf8')).to.include("hostFor('my-terminal')")
  })

  it('passes its tests where it is', async () => {
    const mocha = path.join(modules, 'mocha', 'bin', 'mocha.js')
    const told = await run(process.execPath, mocha, '--grep', 'runs the script|is told of it', 'test/backend.test.ts')
    expect(told).to.match(/2 passing/)
  })

  it('is linked, and runs a session like any other', async () => {
    world = await makeWorld({script: {rules: [{name: 'anybody', turns: [{steps: [{text: 'I am here.'}]}]}]}})
    const linked = await world.run(['plugins', 'link', copy], {env: NO_REGISTRY})
    expect(linked.code, linked.stderr).to.equal(0)
    const configuration = path.join(world.env['XDG_CONFIG_HOME'] ?? '', 'codex-orchestrator')
    await mkdir(configuration, {recursive: true})
    await writeFile(path.join(configuration, 'config.toml'), '[defaults]\nterminal_backend = "dtach"\n')
    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    const planner = await world.session('planner')
    expect([planner?.status, planner?.process.value, planner?.backend]).to.deep.equal(['running', 'alive', 'dtach'])
    const {attach} = await world.json<{attach: {command: string[]}}>(['attach', 'planner'])
    expect(attach.command.join(' ')).to.match(
      /^\/usr\/bin\/dtach -a \/.*\/plugins\/my-terminal\/[a-z0-9-]+\/[0-9a-f]{8} -r winch -z$/,
    )
    expect((await world.run(['close-session', 'planner'])).code).to.equal(0)
    expect((await world.session('planner'))?.status).to.equal('closed')
  })
})
