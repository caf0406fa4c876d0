import {cp, mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {checkout, type Machine, makeMachine, runProgram} from '../commands/machine.ts'

describe('scripts/release-check.js', () => {
  let machine: Machine
  let root: string

  const check = (...args: string[]) =>
    runProgram(process.execPath, [path.join(root, 'scripts', 'release-check.js'), ...args], {
      cwd: root,
      env: machine.env,
    })
  const write = (name: string, text: string) => writeFile(path.join(root, name), text)

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  let count = 0
  /** A checkout whose build and package tests do what these texts say. */
  async function aCheckout({build = '', mocha = ''}: {build?: string; mocha?: string} = {}): Promise<void> {
    root = await machine.repository(`release-${++count}`)
    for (const folder of ['scripts', 'node_modules/mocha/bin', 'test/package'])
      await mkdir(path.join(root, folder), {recursive: true})
    await cp(path.join(checkout, 'scripts/release-check.js'), path.join(root, 'scripts/release-check.js'))
    await write('package.json', '{"type": "module", "version": "1.2.3"}')
    await write('.gitignore', 'node_modules\n')
    await write('scripts/build.js', build)
    await write('node_modules/mocha/bin/mocha.js', mocha)
    await machine.git(root, 'add', '-A')
    await machine.git(root, 'commit', '-q', '-m', 'All of it')
  }

  const says = (report: object) => `console.log(${JSON.stringify(JSON.stringify(report, null, 2))})`
  const PASSED = {
    passes: [{fullTitle: 'the package is small'}],
    failures: [],
  }

  it('says that a checkout can be released', async () => {
    await aCheckout({mocha: says(PASSED)})
    expect(await check('v1.2.3')).to.deep.include({code: 0, stderr: ''})
    expect((await check()).stdout).to.match(/codex-planner 1\.2\.3 can be released\.\n$/)
  })

  const FAULTS: [what: string, make: () => Promise<void>, args: string[], says: string][] = [
    ['a tag of another version', () => aCheckout(), ['v1.2.4'], 'v1.2.4 is not v1.2.3.'],
    [
      'a file that is not committed',
      async () => {
        await aCheckout()
        await write('draft.md', '')
      },
      [],
      '?? draft.md',
    ],
    [
      'a file that the build writes in another way',
      () => aCheckout({build: "import {writeFileSync} from 'node:fs'; writeFileSync('oclif.manifest.json', '{}')"}),
      [],
      '?? oclif.manifest.json',
    ],
    ['a build that fails', () => aCheckout({build: "console.error('No.'); process.exitCode = 1"}), [], 'No.'],
    [
      'a test of the package that fails',
      () =>
        aCheckout({mocha: says({...PASSED, failures: [{fullTitle: 'the package is small', err: {message: 'no'}}]})}),
      [],
      'the package is small: no',
    ],
    [
      'a package of which nothing was tested',
      () => aCheckout({mocha: says({passes: [], failures: []})}),
      [],
      'No test of the package was run.',
    ],
    ['tests that did not run', () => aCheckout({mocha: "console.error('Cannot find it.')"}), [], 'Cannot find it.'],
  ]
  for (const [what, make, args, sentence] of FAULTS) {
    it(`refuses ${what}`, async () => {
      await make()
      const {code, stdout, stderr} = await check(...args)
      expect({code, stderr}).to.deep.include({code: 1})
      expect(stderr).to.include(sentence)
      expect(stdout).not.to.include('can be released')
    })
  }
})
