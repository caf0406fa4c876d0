import {existsSync} from 'node:fs'
import {chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {checkout, runProgram} from '../commands/machine.ts'

const LOCK = {
  lockfileVersion: 3,
  packages: {
    '': {name: 'x'},
    'node_modules/yaml': {version: '2.9.1'},
    'node_modules/@x/linux': {version: '1.0.0'},
    'node_modules/@x/elsewhere': {version: '1.0.0', optional: true},
  },
}

/** Writes what npm would, and how it was called; `half` dies before npm's own record is there. */
const NPM = `#!/bin/sh
if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
echo "npm $*" >> "$LOG"
echo "$PATH" >> "$LOG.path"
rm -rf node_modules; mkdir -p node_modules/yaml node_modules/@x/linux
if [ "$HALF" = yes ]; then exit 1; fi
cp ../record.json node_modules/.package-lock.json
`

describe('scripts/ready.js', () => {
  let folder: string
  let clone: string
  let bin: string
  let log: string

  const program = async (name: string, text: string) => {
    await writeFile(path.join(bin, name), text)
    await chmod(path.join(bin, name), 0o755)
  }
  const ready = (env: NodeJS.ProcessEnv = {}) =>
    runProgram(process.execPath, [path.join(clone, 'scripts/ready.js')], {
      cwd: folder,
      env: {PATH: bin, LOG: log, ...env},
    })
  const calls = async () => (existsSync(log) ? (await readFile(log, 'utf8')).trimEnd().split('\n') : [])
  const record = async (packages: object) => writeFile(path.join(folder, 'record.json'), JSON.stringify({packages}))

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
    clone = path.join(folder, 'clone')
    bin = path.join(folder, 'bin')
    log = path.join(folder, 'log')
    await mkdir(bin)
    await mkdir(path.join(clone, 'scripts'), {recursive: true})
    await cp(path.join(checkout, 'scripts/ready.js'), path.join(clone, 'scripts/ready.js'))
    await writeFile(path.join(clone, 'package.json'), '{"type": "module"}')
    await writeFile(path.join(clone, 'package-lock.json'), JSON.stringify(LOCK))
    await record({'node_modules/yaml': {version: '2.9.1'}, 'node_modules/@x/linux': {version: '1.0.0'}})
    for (const name of ['sh', 'rm', 'mkdir', 'cp']) await symlink(`/bin/${name}`, path.join(bin, name))
    for (const name of ['git', 'tmux', 'apt-get']) await program(name, '#!/bin/sh\nexit 0\n')
    await program('npm', NPM)
  })
  afterEach(() => rm(folder, {recursive: true, force: true}))

  it('installs the packages of a fresh clone, with those for tests, once', async () => {
    const first = await ready({NODE_ENV: 'production'})
    expect(first).to.deep.include({
      code: 0,
      stdout: '',
      stderr: 'Installing the packages of package-lock.json (once).\n',
    })
    const second = await ready()
    expect(second).to.deep.include({code: 0, stdout: '', stderr: ''})
    expect(await calls()).to.deep.equal(['npm ci --include=dev'])
  })

  it('takes what the person installed without it', async () => {
    await mkdir(path.join(clone, 'node_modules/yaml'), {recursive: true})
    await mkdir(path.join(clone, 'node_modules/@x/linux'), {recursive: true})
    await cp(path.join(folder, 'record.json'), path.join(clone, 'node_modules/.package-lock.json'))
    expect((await ready()).code).to.equal(0)
    expect(await calls()).to.deep.equal([])
  })

  it('starts over after an installation that was cut short', async () => {
    const cut = await ready({HALF: 'yes'})
    expect(cut.code).to.equal(1)
    expect(cut.stderr).to.match(/\nnpm ci did not finish\.\nTry this: npm ci --include=dev\n$/)
    expect((await ready()).code).to.equal(0)
    expect(await calls()).to.deep.equal(['npm ci --include=dev', 'npm ci --include=dev'])
  })

  const stale: [what: string, packages: object][] = [
    [
      'one package is there in another version',
      {'node_modules/yaml': {version: '2.0.0'}, 'node_modules/@x/linux': {version: '1.0.0'}},
    ],
    ['the packages for tests were left out', {'node_modules/@x/linux': {version: '1.0.0'}}],
  ]
  for (const [what, packages] of stale) {
    it(`installs again when ${what}`, async () => {
      await mkdir(path.join(clone, 'node_modules/yaml'), {recursive: true})
      await mkdir(path.join(clone, 'node_modules/@x/linux'), {recursive: true})
      await writeFile(path.join(clone, 'node_modules/.package-lock.json'), JSON.stringify({packages}))
      expect((await ready()).code).to.equal(0)
      expect(await calls()).to.deep.equal(['npm ci --include=dev'])
    })
  }

  for (const [what, text] of [
    ['half a record', '{"packages": {'],
    ['no record', undefined],
  ] as const) {
    it(`installs again when npm left ${what}`, async () => {
      await mkdir(path.join(clone, 'node_modules/yaml'), {recursive: true})
      if (text !== undefined) await writeFile(path.join(clone, 'node_modules/.package-lock.json'), text)
      expect((await ready()).code).to.equal(0)
      expect(await calls()).to.deep.equal(['npm ci --include=dev'])
    })
  }

  it('installs again when a package’s folder is gone', async () => {
    await ready()
    await rm(path.join(clone, 'node_modules/yaml'), {recursive: true})
    expect((await ready()).code).to.equal(0)
    expect((await calls()).length).to.equal(2)
  })

  it('says so when npm ends well and the packages are not there', async () => {
    await record({})
    const {code, stderr} = await ready()
    expect(code).to.equal(1)
    expect(stderr).to.match(/\nnpm ci ended, but not everything is there\.\nTry this: npm ci --include=dev\n$/)
  })

  it('keeps npm off the Node that npm is about to take away', async () => {
    await ready({PATH: `${path.join(clone, 'node_modules/.bin')}:${bin}`})
    expect(await readFile(`${log}.path`, 'utf8')).to.equal(`${bin}\n`)
  })

  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  const missing: [gone: string[], sentence: string, names: string][] = [
    [['tmux'], 'tmux is not installed.', 'tmux'],
    [['git'], 'git is not installed.', 'git'],
    [['git', 'tmux'], 'git and tmux are not installed.', 'git tmux'],
  ]
  for (const [gone, sentence, names] of missing) {
    it(`names ${gone.join(' and ')} with the line that installs it, before it installs anything`, async () => {
      for (const name of gone) await rm(path.join(bin, name))
      expect(await ready()).to.deep.include({
        code: 1,
        stdout: '',
        stderr: `${sentence}\nTry this: ${sudo}apt-get install -y ${names}\n`,
      })
      expect(await calls()).to.deep.equal([])
    })
  }

  it('names a tmux that is there and does not run', async () => {
    await program('tmux', '#!/bin/sh\nexit 127\n')
    expect((await ready()).stderr).to.contain('tmux is not installed.')
  })

  const managers: [name: string, line: string][] = [
    ['dnf', `${sudo}dnf install -y tmux`],
    ['pacman', `${sudo}pacman -S --noconfirm tmux`],
    ['apk', `${sudo}apk add tmux`],
    ['brew', 'brew install tmux'],
  ]
  for (const [manager, line] of managers) {
    it(`knows the line of ${manager}`, async () => {
      for (const name of ['apt-get', 'tmux']) await rm(path.join(bin, name))
      await program(manager, '#!/bin/sh\nexit 0\n')
      expect((await ready()).stderr).to.equal(`tmux is not installed.\nTry this: ${line}\n`)
    })
  }

  it('names npm when it is missing', async () => {
    await rm(path.join(bin, 'npm'))
    expect((await ready()).stderr).to.equal(`npm is not installed.\nTry this: ${sudo}apt-get install -y npm\n`)
  })

  it('runs on Node 20, and says what is wrong when npm ran no script to install a newer one', async function () {
    const old = ['/usr/local/bin/node', '/usr/bin/node'].find(file => existsSync(file))
    const version = old ? (await runProgram(old, ['-p', 'process.versions.node'])).stdout.trim() : '99.0'
    const [major = 99, minor = 0] = version.split('.').map(Number)
    if (old === undefined || major > 22 || (major === 22 && minor >= 13)) this.skip()
    const onOld = () =>
      runProgram(old, [path.join(clone, 'scripts/ready.js')], {cwd: folder, env: {PATH: bin, LOG: log}})
    const {code, stderr} = await onOld()
    expect(code).to.equal(1)
    expect(stderr).to.contain(`needs Node 22.13 or newer; this is ${version}, and npm ran no script`)
    expect(stderr).to.match(/\nTry this: npm rebuild node --ignore-scripts=false\n$/)
    await mkdir(path.join(clone, 'node_modules/node/bin'), {recursive: true})
    await symlink(process.execPath, path.join(clone, 'node_modules/node/bin/node'))
    expect(await onOld()).to.deep.include({code: 0, stdout: '', stderr: ''})
  })
})

const BUILT_FROM = [
  ...['bin', 'plugins', 'scripts', 'src', 'docs', 'README.md'],
  ...['package.json', 'tsconfig.json', 'tsconfig.base.json'],
]

describe('scripts/build.js', () => {
  it('says what to do where nothing is installed', async () => {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
    try {
      await mkdir(path.join(folder, 'scripts'))
      await cp(path.join(checkout, 'scripts/build.js'), path.join(folder, 'scripts/build.js'))
      await writeFile(path.join(folder, 'package.json'), '{"type": "module", "workspaces": []}')
      expect(
        await runProgram(process.execPath, [path.join(folder, 'scripts/build.js')], {cwd: folder, env: {}}),
      ).to.deep.include({
        code: 1,
        stdout: '',
        stderr: 'The packages that build codex-planner are not installed.\nTry this: node scripts/ready.js\n',
      })
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
  })

  it('takes a command away whose source is gone, leaves unchanged files alone, and makes missing ones', async function () {
    this.timeout(120_000)
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
    try {
      for (const name of BUILT_FROM) {
        const filter = (file: string) =>
          !/\/(dist|test)(\/|$)|tsbuildinfo$/.test(path.relative(checkout, file).padStart(1, '/'))
        await cp(path.join(checkout, name), path.join(folder, name), {recursive: true, filter})
      }
      await symlink(path.join(checkout, 'node_modules'), path.join(folder, 'node_modules'))
      const build = () =>
        runProgram(process.execPath, [path.join(folder, 'scripts/build.js')], {
          cwd: folder,
          env: {PATH: '/usr/bin:/bin'},
        })
      const doomed = path.join(folder, 'src/commands/doomed.ts')
      await cp(path.join(folder, 'src/commands/init.ts'), doomed)
      expect(await build()).to.deep.include({code: 0, stderr: ''})
      const commands = async () =>
        Object.keys(
          (JSON.parse(await readFile(path.join(folder, 'oclif.manifest.json'), 'utf8')) as {commands: object}).commands,
        )
      expect(await commands()).to.include('doomed')
      const stamp = async (name: string) => (await stat(path.join(folder, name))).mtimeMs
      await rm(doomed)
      const before = await stamp('dist/bundle/start.cjs')
      expect(await build()).to.deep.include({code: 0, stderr: ''})
      expect((await commands()).filter(id => id === 'doomed' || id === 'init')).to.deep.equal(['init'])
      expect(await stamp('dist/bundle/start.cjs')).to.equal(before)
      await rm(path.join(folder, 'dist/bundle/start.cjs'))
      await rm(path.join(folder, 'plugins/terminal-tmux/dist'), {recursive: true})
      expect(await build()).to.deep.include({code: 0, stderr: ''})
      expect(existsSync(path.join(folder, 'dist/bundle/start.cjs'))).to.equal(true)
      expect(existsSync(path.join(folder, 'plugins/terminal-tmux/dist/provide.js'))).to.equal(true)
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
  })
})
