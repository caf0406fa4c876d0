import {globSync, readFileSync} from 'node:fs'
import {mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {checkout} from '../commands/machine.ts'
import {pack} from '../support/installed-program.ts'

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
  let folder: string
  let packed: string[]

  before(async function () {
    this.timeout(120_000)
    folder = await mkdtemp(path.join(await realpath(tmpdir()), 'cp-'))
    packed = (await pack(checkout, folder)).files
  })
  after(() => rm(folder, {recursive: true}))

  it('holds what it runs with, and what each of its own plugins runs with', () => {
    expect(packed).to.include.members([
      'bin/package.json',
      'bin/run.js',
      'dist/bundle/codex-planner.cjs',
      'dist/bundle/late/yaml.cjs',
      'dist/bundle/licenses.txt',
      'dist/bundle/plugins.json',
      'dist/bundle/start.cjs',
      'oclif.manifest.json',
      'package.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      ...bundled.flatMap(needed),
    ])
  })

  it('holds nothing that only a checkout needs', () => {
    const others = bundled.flatMap(({name, files}) => files.map(file => `node_modules/${name}/${file}`))
    const places =
      /^(bin\/(run\.js|package\.json)|dist\/bundle\/(late\/)?[a-z\d-]+\.(cjs|json|txt)|node_modules\/@codex-planner\/[a-z-]+\/(dist\/.*|package\.json|README\.md)|[A-Za-z.]+\.(md|json)|LICENSE)$/
    expect(packed.filter(file => !places.test(file) && !others.includes(file))).to.deep.equal([])
    expect(
      packed.filter(
        file =>
          /(^|\/)(test|demo|src|scripts|docs)\/|\.map$|tsbuildinfo|(?<!\.d)\.ts$/.test(file) &&
          !file.includes('/dist/testing/'),
      ),
    ).to.deep.equal([])
  })
})
