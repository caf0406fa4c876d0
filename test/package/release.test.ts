import {execFileSync} from 'node:child_process'
import {existsSync, globSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {parse} from 'yaml'

const checkout = path.resolve(import.meta.dirname, '../..')
const read = (...parts: string[]) => readFileSync(path.join(checkout, ...parts), 'utf8')
const readJson = (...parts: string[]): unknown => JSON.parse(read(...parts))

interface Package {
  name: string
  version: string
  keywords?: string[]
  license?: unknown
  licenses?: unknown
  workspaces: string[]
  dependencies: Record<string, string>
  devDependencies?: Record<string, string>
  bundleDependencies: string[]
  scripts: Record<string, string>
}

const main = readJson('package.json') as Package
const workspaces = main.workspaces.map(folder => readJson(folder, 'package.json') as Package)
/** Written here as somebody else would write it, and installed as a plugin. */
const APART = ['policy-max-workers', 'policy-write-scope', 'template-terminal', 'terminal-screen'].map(
  name => `@codex-planner/${name}`,
)

describe('the version', () => {
  it('is the same in the program, in each package of the checkout and in the lock file', () => {
    const {packages} = readJson('package-lock.json') as {packages: Record<string, Package>}
    const found = Object.fromEntries([
      ...workspaces.map(({name, version}) => [name, version]),
      ...['', ...main.workspaces].map(folder => [`package-lock.json ${folder}`, packages[folder]?.version]),
    ])
    const wanted = Object.fromEntries(Object.keys(found).map(name => [name, main.version]))
    expect(found).to.deep.equal(wanted)
  })

  it('is the exact one of every package that comes with the program', () => {
    const names = workspaces.map(({name}) => name).filter(name => !APART.includes(name))
    expect(main.bundleDependencies.toSorted()).to.deep.equal(names.toSorted())
    for (const name of names) expect(main.dependencies[name], name).to.equal(main.version)
  })

  it('is the exact one of the types that a plugin apart from it is built with, of which it needs nothing when it runs', () => {
    for (const {name, devDependencies, dependencies = {}} of workspaces.filter(({name}) => APART.includes(name))) {
      expect(devDependencies, name).to.deep.equal({'@codex-planner/plugin-api': main.version})
      expect(dependencies, name).to.deep.equal({})
      expect(main.dependencies, name).not.to.have.property(name)
      const readme = read('plugins', name.replace('@codex-planner/', ''), 'README.md')
      expect(readme).to.include(`install /tmp/${name.replace('@', '').replace('/', '-')}-${main.version}.tgz`)
    }
  })

  it('is the newest heading of the changes that has a number', () => {
    const headings = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
    expect(headings.find(heading => heading !== 'Unreleased')).to.equal(main.version)
  })
})

describe('the lock file', () => {
  const {packages} = readJson('package-lock.json') as {packages: Record<string, Locked>}
  interface Locked {
    dev?: boolean
    hasInstallScript?: boolean
    integrity?: string
    link?: boolean
    inBundle?: boolean
    version?: string
  }
  const foreign = Object.entries(packages).filter(
    ([folder, {link}]) => folder !== '' && link !== true && !main.workspaces.includes(folder),
  )

  it('A-109: pins every package to its content', () => {
    expect(foreign.length).to.be.greaterThan(100)
    expect(
      foreign.filter(([, {integrity, inBundle}]) => !integrity && !inBundle).map(([folder]) => folder),
    ).to.deep.equal([])
  })

  it('A-109: knows of the packages that have a program run when they are installed, and lets that of Node alone', () => {
    const scripts = foreign.filter(([, {hasInstallScript}]) => hasInstallScript).map(([folder]) => folder)
    expect(scripts).to.deep.equal(['node_modules/esbuild', 'node_modules/node', 'node_modules/yarn'])
    const {allowScripts} = readJson('package.json') as {allowScripts: Record<string, boolean>}
    expect(allowScripts).to.deep.equal({node: true})
  })
})

describe('what the README says plainly', () => {
  const text = read('README.md').replaceAll(/\s+/g, ' ')

  it('A-111: that a worker can run any program as the person, that roles are no sandbox, and how to have one', () => {
    expect(text).to.include('**This is a fence against mistakes and injected instructions, not a sandbox.**')
    expect(text).to.include('a worker can run any program as you, and can change the variables that say who it is.')
    expect(text).to.include('codex_args = ["--sandbox", "workspace-write", "--ask-for-approval", "never"]')
  })
})

describe('the licence', () => {
  it('is MIT, for the program and for everything that comes with it', () => {
    expect(read('LICENSE')).to.match(/^MIT License\n/)
    for (const {name, license} of [main, ...workspaces]) expect(license, name).to.equal('MIT')
  })

  /** What may be used by a program under MIT without a condition that reaches the program. */
  const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0', '0BSD']
  /** npm itself, which installs plugins, and a list that it reads: separate works, neither changed nor in our package. */
  const BESIDE: Readonly<Record<string, string>> = {npm: 'Artistic-2.0', 'spdx-exceptions': 'CC-BY-3.0'}

  it('of everything that is installed with the program allows that', () => {
    const {packages} = readJson('package-lock.json') as {
      packages: Record<string, {dev?: true; devOptional?: true; peer?: true; link?: true}>
    }
    const installed = Object.entries(packages)
      .filter(([folder, {dev, devOptional, peer, link}]) => folder !== '' && !(dev || devOptional || peer || link))
      // Those of other machines are not here.
      .filter(([folder]) => existsSync(path.join(checkout, folder, 'package.json')))
      .map(([folder]) => readJson(folder, 'package.json') as Package)
    expect(installed.length).to.be.above(100)
    const others = installed.filter(found => !allows(found) && BESIDE[found.name] !== found.license)
    expect(others.map(({name, license, licenses}) => [name, license ?? licenses])).to.deep.equal([])
  })

  it('of every package in the bundle allows that, and is passed on', () => {
    const parts = read('dist', 'bundle', 'licenses.txt').split(`\n${'-'.repeat(80)}\n\n`)
    const packages = parts.map(
      part => /^(?<name>\S+) \S+ \((?<license>.+)\)\n\n(?<text>[^]+)$/.exec(part)?.groups ?? {},
    )
    expect(packages.map(({name}) => name)).to.include.members(['@oclif/core', 'execa', 'valibot', 'yaml', 'zod'])
    for (const {name, license, text} of packages) {
      expect(ALLOWED, name).to.include(license)
      expect(text, name).to.match(/copyright|permission|terms and conditions/i)
    }
  })

  function allows({license, licenses}: Package): boolean {
    const text = license ?? (Array.isArray(licenses) ? (licenses as {type?: unknown}[])[0]?.type : undefined)
    if (typeof text !== 'string') return false
    const choices = text.replace(/^\((.*)\)$/, '$1').split(' OR ')
    return choices.some(choice => ALLOWED.includes(choice.replace(/^Apache 2\.0$/, 'Apache-2.0')))
  }
})

describe('the publishing of a release', () => {
  interface Step {
    uses?: string
    run?: string
    with?: Record<string, unknown>
    env?: Record<string, string>
  }
  const workflow = parse(read('.github', 'workflows', 'publish.yml')) as {
    on: unknown
    permissions: unknown
    jobs: Record<string, {steps: Step[]}>
  }
  const steps = Object.values(workflow.jobs).flatMap(job => job.steps)
  const runs = steps.flatMap(({run}) => (run === undefined ? [] : [run]))

  it('happens for a GitHub release, with no right but to read and to say who it is', () => {
    expect(workflow.on).to.deep.equal({release: {types: ['published']}})
    expect(workflow.permissions).to.deep.equal({contents: 'read', 'id-token': 'write'})
    expect(read('.github', 'workflows', 'publish.yml')).not.to.match(/secrets|TOKEN|registry-url/)
  })

  it('uses the actions of GitHub alone, each of one major version', () => {
    const used = steps.flatMap(({uses}) => (uses === undefined ? [] : [uses]))
    expect(used.map(name => name.replace(/@v\d+$/, ''))).to.deep.equal(['actions/checkout', 'actions/setup-node'])
    for (const name of used) expect(name).to.match(/@v\d+$/)
  })

  it('tests and checks as a person does before it publishes', () => {
    const [setRepository] = runs.filter(line => line.startsWith('npm pkg set '))
    expect(runs).to.deep.equal([
      'npm ci',
      '.ci/run',
      'npm run release:check -- "$TAG"',
      setRepository,
      'npm publish --provenance --access public',
    ])
    expect(main.scripts).to.include.keys('release:check', 'test')
    expect(read('.ci', 'run').trimEnd().split('\n').at(-1)).to.equal('npm test')
    expect(read('docs', 'releasing.md')).to.include('npm test\n   npm run release:check\n')
  })

  it('gives no text from outside to a shell', () => {
    for (const line of runs) expect(line).not.to.contain('${{')
  })
})

describe('the package on npm', () => {
  it('is found by the words people look for', () => {
    expect(main.keywords).to.include.members(['codex', 'cli', 'orchestration', 'tmux', 'git-worktree'])
  })
})

describe('what is committed', () => {
  it('names no place that packages come from, so that everybody may use their own', () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], {cwd: checkout, encoding: 'utf8'}).split('\0').slice(0, -1)
    const files = tracked.length > 0 ? tracked : globSync('{src,test,docs,scripts}/**/*.*', {cwd: checkout})
    const named = files.filter(
      file =>
        existsSync(path.join(checkout, file)) && /\bregistry\.[a-z0-9-]+\.(?:org|com|net|io|dev)\b/i.test(read(file)),
    )
    expect(named).to.deep.equal([])
  })
})
