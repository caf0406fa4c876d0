import {existsSync, globSync, readFileSync} from 'node:fs'
import {mkdir, readdir} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Checkup} from '../../src/services/doctor.ts'
import {checkout, type Machine, makeMachine, type Ran, runProgram} from '../commands/machine.ts'

interface Bundled {
  name: string
  /** Beside what is compiled. */
  files: string[]
}

/** Our own plugins, which are in the package itself. */
const bundled = (readJson('package.json') as {bundleDependencies: string[]}).bundleDependencies.map((name): Bundled => {
  const {files} = readJson(path.join('node_modules', name, 'package.json')) as {files: string[]}
  return {name, files: files.filter(file => !/^!|^dist$/.test(file))}
})

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(checkout, file), 'utf8'))
}

function needed({name, files}: Bundled): string[] {
  const compiled = globSync('src/**/*.ts', {cwd: path.join(checkout, 'node_modules', name)})
    .filter(file => !file.endsWith('.d.ts'))
    .map(file => file.replace(/^src\/(.*)\.ts$/, 'dist/$1.js'))
  return ['package.json', ...files, ...compiled].map(file => `node_modules/${name}/${file}`)
}

describe('the package', () => {
  let machine: Machine
  let packed: string[]
  let tarball: string
  let npmEnv: NodeJS.ProcessEnv
  const npm = (args: string[], cwd: string): Promise<Ran> =>
    runProgram('npm', args, {cwd, env: npmEnv, timeout: 570_000})

  before(async function () {
    this.timeout(600_000)
    machine = await makeMachine()
    const asked = async (key: string) =>
      (await runProgram('npm', ['config', 'get', key], {cwd: machine.folder, env: process.env})).stdout.trim()
    const search = [path.dirname(process.execPath), process.env.PATH].join(':')
    npmEnv = {
      ...machine.env,
      PATH: search,
      npm_config_cache: await asked('cache'),
      npm_config_userconfig: await asked('userconfig'),
    }
    const {code, stdout, stderr} = await npm(
      ['pack', '--ignore-scripts', '--json', '--pack-destination', machine.folder],
      checkout,
    )
    expect({code, stderr}).to.deep.include({code: 0})
    const [{filename = '', files = []} = {}] = JSON.parse(stdout) as {filename?: string; files?: {path: string}[]}[]
    tarball = path.join(machine.folder, filename)
    packed = files.map(file => file.path)
  })
  after(() => machine?.close())

  it('holds what it runs with, and what each of its own plugins runs with', () => {
    const compiled = globSync('src/**/*.ts', {cwd: checkout}).map(file => file.replace(/^src\/(.*)\.ts$/, 'dist/$1.js'))
    expect(packed).to.include.members([
      'bin/run.js',
      'oclif.manifest.json',
      'package.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      ...compiled,
      ...bundled.flatMap(needed),
    ])
  })

  it('holds nothing that only a checkout needs', () => {
    const others = bundled.flatMap(({name, files}) => files.map(file => `node_modules/${name}/${file}`))
    const places =
      /^(bin\/run\.js|dist\/.*\.js|node_modules\/@codex-planner\/[a-z-]+\/(dist\/.*|package\.json|README\.md)|[A-Za-z.]+\.(md|json)|LICENSE)$/
    expect(packed.filter(file => !places.test(file) && !others.includes(file))).to.deep.equal([])
    expect(
      packed.filter(
        file =>
          /(^|\/)(test|demo|src|scripts|docs)\/|\.map$|tsbuildinfo|(?<!\.d)\.ts$/.test(file) &&
          !file.includes('/dist/testing/'),
      ),
    ).to.deep.equal([])
  })

  describe('installed for all repositories of a user', () => {
    let prefix: string
    let installed: string
    const run = (argv: string[], cwd: string) =>
      runProgram(path.join(prefix, 'bin', 'codex-planner'), argv, {
        cwd,
        env: {...machine.env, PATH: `${path.dirname(process.execPath)}:${machine.env.PATH}`},
      })

    before(async function () {
      this.timeout(600_000)
      prefix = path.join(machine.folder, 'prefix')
      installed = path.join(prefix, 'lib', 'node_modules', 'codex-planner')
      await mkdir(prefix)
      const args = [
        'install',
        '--global',
        '--prefix',
        prefix,
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        '--omit=dev',
        tarball,
      ]
      const {code, stderr} = await npm(args, machine.folder)
      if (/\b(ENOTFOUND|EAI_AGAIN|ENOTCACHED|ECONNREFUSED|ETIMEDOUT)\b/.test(stderr)) this.skip()
      expect(code, stderr).to.equal(0)
    })

    it('brings oclif and its own plugins whole', async () => {
      for (const name of ['@oclif/core/lib', '@oclif/plugin-plugins/lib', ...bundled.map(({name}) => `${name}/dist`)]) {
        expect(await readdir(path.join(installed, 'node_modules', name)), name).not.to.be.empty
      }
      for (const name of ['typescript', 'mocha', '@openai/codex', 'node']) {
        expect(existsSync(path.join(installed, 'node_modules', name)), name).to.equal(false)
      }
    })

    it('tells its version', async () => {
      const {code, stdout, stderr} = await run(['--version'], machine.home)
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
      expect(stdout).to.match(/^codex-planner\/\d+\.\d+\.\d+ /)
    })

    it('finds the tmux terminal and starts its own tool server', async () => {
      const {stdout, stderr} = await run(['doctor', '--json'], machine.home)
      const {checks} = JSON.parse(stdout) as Checkup
      const status = (name: string) => checks.find(check => check.name === name)?.status
      expect({
        stderr,
        terminal: status('terminal'),
        plugins: status('plugins'),
        server: status('tool server'),
      }).to.deep.equal({
        stderr: '',
        terminal: 'ok',
        plugins: 'ok',
        server: 'ok',
      })
    })

    it('keeps a board in a repository', async () => {
      const root = await machine.repository('repo')
      expect((await run(['init'], root)).code).to.equal(0)
      expect((await run(['create-task', 'One'], root)).stdout).to.equal('Created TASK-001: One\n')
      const {code, stdout, stderr} = await run(['list-tasks'], root)
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
      expect(stdout.split('\n')[1]).to.equal('TASK-001  todo    normal    -      -           One')
    })

    it('says which Node it needs on one that is too old, since it brings none', async function () {
      const old = '/usr/bin/node'
      const {stdout} = existsSync(old) ? await runProgram(old, ['-p', 'process.versions.node']) : {stdout: ''}
      const [major = 99, minor = 0] = stdout.trim() === '' ? [] : stdout.trim().split('.').map(Number)
      if (major > 22 || (major === 22 && minor >= 13)) this.skip()
      const {code, stderr} = await runProgram(old, [path.join(installed, 'bin', 'run.js'), 'list-tasks'], {
        env: machine.env,
      })
      expect(code).to.equal(1)
      expect(stderr).to.match(/^codex-planner needs Node 22\.13 or newer; this is \S+\.\nTry this: .*\n$/)
    })
  })
})
