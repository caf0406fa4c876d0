import {existsSync, readFileSync} from 'node:fs'
import {mkdtemp, readdir, readFile, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import type {Checkup} from '../../src/services/doctor.ts'
import {checkout, runProgram} from '../commands/machine.ts'
import {codexProgram} from '../support/codex-home.ts'
import {installProgram} from '../support/installed-program.ts'
import {npmRegistry, published} from '../support/npm-registry.ts'
import {closeWithScreens, NO_REGISTRY, packScreen, SCREEN_PACKAGE, useScreen} from '../support/screen-plugin.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const {bundleDependencies, version} = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8')) as {
  bundleDependencies: string[]
  version: string
}
const WORKER = {
  name: 'worker',
  match: {cwd: '/task-001'},
  turns: [
    {
      steps: [
        {shell: 'echo Hello > hello.txt && git add hello.txt && git commit -q -m "Say hello"'},
        {mcp: 'codex-orchestrator-local.request_review', args: {task_id: 'TASK-001', summary: 'It says hello.'}},
        {text: 'Handed back.'},
      ],
    },
  ],
}

/** Node and Codex are in this checkout; a user has them from elsewhere. */
function withoutNodeAndCodex(text: string): string {
  return text.replaceAll(process.execPath, 'node').replaceAll(codexProgram(), 'codex')
}

describe('the program installed for all repositories of a user', function () {
  this.timeout(120_000)
  let folder: string
  let prefix: string
  let world: World
  tellOnFailure(() => world)

  before(async function () {
    this.timeout(600_000)
    folder = await mkdtemp(path.join(await realpath(tmpdir()), 'cp-'))
    const installed = await installProgram(folder)
    prefix = installed.prefix
    world = await makeWorld({script: {rules: [WORKER]}, program: [installed.program]})
    world.env['PATH'] = `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
    world.env['CODEX_ORCHESTRATOR_CODEX_EXECUTABLE'] = codexProgram()
    world.env['XDG_STATE_HOME'] = path.join(world.folder, 's')
  })
  after(async () => {
    if (world) await closeWithScreens(world)
    await rm(folder, {recursive: true})
  })

  const modules = () => path.join(prefix, 'lib', 'node_modules', 'codex-planner', 'node_modules')

  it('brings oclif and its own plugins whole', async () => {
    for (const name of [
      '@oclif/core/lib',
      '@oclif/plugin-plugins/lib',
      ...bundleDependencies.map(name => `${name}/dist`),
    ])
      expect(await readdir(path.join(modules(), name)), name).not.to.be.empty
    for (const name of ['typescript', 'mocha', '@openai/codex', 'node'])
      expect(existsSync(path.join(modules(), name)), name).to.equal(false)
  })

  it('leads nowhere out of its folder', async () => {
    const entries = await readdir(prefix, {recursive: true, withFileTypes: true})
    const links = entries.filter(entry => entry.isSymbolicLink())
    expect(links).not.to.be.empty
    for (const {parentPath, name} of links)
      expect(await realpath(path.join(parentPath, name))).to.match(new RegExp(`^${prefix}/`))
  })

  it('tells its version', async () => {
    const {code, stdout, stderr} = await world.run(['--version'])
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout).to.match(/^codex-planner\/\d+\.\d+\.\d+ /)
  })

  it('finds the tmux terminal and starts its own tool server', async () => {
    const {stdout, stderr} = await world.run(['doctor', '--json'])
    const {checks} = JSON.parse(stdout) as Checkup
    const status = (name: string) => checks.find(check => check.name === name)?.status
    expect({
      stderr,
      terminal: status('terminal'),
      plugins: status('plugins'),
      server: status('tool server'),
    }).to.deep.equal({stderr: '', terminal: 'ok', plugins: 'ok', server: 'ok'})
  })

  it('keeps a board in a repository', async () => {
    expect((await world.run(['init'])).code).to.equal(0)
    expect((await world.run(['create-task', 'Say hello'])).stdout).to.equal('Created TASK-001: Say hello\n')
    const {code, stdout, stderr} = await world.run(['list-tasks'])
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout.split('\n')[1]).to.equal('TASK-001  todo    normal    -      -           Say hello')
  })

  it('takes a terminal from a registry by its name, and lets go of it again', async () => {
    const registry = await npmRegistry([published({name: SCREEN_PACKAGE, version}, await packScreen(folder))])
    try {
      const {code, stderr} = await world.run(['plugins', 'install', SCREEN_PACKAGE], {
        env: {...NO_REGISTRY, npm_config_registry: registry.url},
      })
      expect(code, stderr).to.equal(0)
    } finally {
      await registry.close()
    }
    expect((await world.run(['plugins'])).stdout).to.equal(`${SCREEN_PACKAGE} ${version}\n`)
    expect((await world.run(['plugins', 'uninstall', SCREEN_PACKAGE])).code).to.equal(0)
    expect((await world.run(['plugins'])).stdout).not.to.include(SCREEN_PACKAGE)
  })

  it('runs a worker in a terminal that was installed from a package', async () => {
    await useScreen(world, ['install', `./${path.relative(world.root, await packScreen(world.folder))}`])
    const spawned = await world.run(['spawn-worker', 'TASK-001'])
    expect(spawned.code, spawned.stderr).to.equal(0)
    await eventually('the worker to hand back', async () => {
      return taskIn(await world.tasks(), 'TASK-001').status === 'review_ready'
    })
    const worker = await world.session('worker-task-001')
    expect([worker?.status, worker?.process.value, worker?.backend]).to.deep.equal(['running', 'alive', 'screen'])
    expect(world.model.problems).to.deep.equal([])

    const run = path.join(world.root, '.codex', 'state', 'runs', worker?.run ?? '')
    const script = withoutNodeAndCodex(await readFile(path.join(run, 'run.sh'), 'utf8'))
    expect(script).to.include(path.join(prefix, 'lib', 'node_modules', 'codex-planner', 'bin', 'run.js'))
    expect(script).not.to.include(checkout)

    expect((await world.run(['close-worker', 'worker-task-001'])).code).to.equal(0)
    expect((await world.session('worker-task-001'))?.status).to.equal('closed')
  })

  it('reads no code of this checkout', async () => {
    const traces = path.join(folder, 'traces')
    const {code} = await world.run(['list-sessions'], {env: {NODE_V8_COVERAGE: traces}})
    expect(code).to.equal(0)
    const texts = await Promise.all((await readdir(traces)).map(name => readFile(path.join(traces, name), 'utf8')))
    const loaded = texts
      .flatMap(text => (JSON.parse(text) as {result: {url: string}[]}).result.map(({url}) => url))
      .filter(url => url.startsWith('file:'))
      .map(url => fileURLToPath(url))
    const provided = path.join(world.env['XDG_DATA_HOME'] ?? '', 'codex-planner')
    expect(loaded.some(file => file.startsWith(`${provided}/`))).to.equal(true)
    expect(loaded.filter(file => !file.startsWith(`${prefix}/`) && !file.startsWith(`${provided}/`))).to.deep.equal([])
  })

  it('says which Node it needs on one that is too old, since it brings none', async function () {
    const old = '/usr/bin/node'
    const {stdout} = existsSync(old) ? await runProgram(old, ['-p', 'process.versions.node']) : {stdout: ''}
    const [major = 99, minor = 0] = stdout.trim() === '' ? [] : stdout.trim().split('.').map(Number)
    if (major > 22 || (major === 22 && minor >= 13)) this.skip()
    const program = path.join(modules(), '..', 'bin', 'run.js')
    const {code, stderr} = await runProgram(old, [program, 'list-tasks'], {cwd: world.root, env: world.env})
    expect(code).to.equal(1)
    expect(stderr).to.match(/^codex-planner needs Node 22\.13 or newer; this is \S+\.\nTry this: .*\n$/)
  })
})
