import {expect} from 'chai'

import type {Shell} from '../../src/domain/typed-line.ts'
import {binFolder} from '../support/examples.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

interface Told {
  shells: {shell: Shell; paste: string[]; script: string}[]
}

describe('autocomplete', () => {
  let machine: Machine
  let bin: string
  before(async () => {
    machine = await makeMachine()
    bin = await binFolder(machine.folder)
  })
  after(() => machine.close())

  const shellsFor = async (SHELL: string, ...argv: string[]) =>
    (await machine.json<Told>(['autocomplete', ...argv], {env: {SHELL}})).shells.map(({shell}) => shell)

  it('is for the shell that is named, else for the one that is used, else for all', async () => {
    expect(await shellsFor('/bin/bash', 'fish')).to.deep.equal(['fish'])
    expect(await shellsFor('/usr/bin/zsh')).to.deep.equal(['zsh'])
    expect(await shellsFor('/bin/tcsh')).to.deep.equal(['bash', 'zsh', 'fish'])
    expect(await shellsFor('')).to.deep.equal(['bash', 'zsh', 'fish'])
  })

  it('prints nothing but a comment and the lines to paste, and changes nothing', async () => {
    const earlier = await wholeTree(machine.folder)
    const {stdout, stderr} = await machine.run(['autocomplete', 'fish'], {env: {PATH: `${bin}:${machine.env.PATH}`}})
    expect({stdout, stderr}).to.deep.equal({
      stdout: `# Paste this into fish, once:
mkdir -p $__fish_config_dir/completions
codex-planner autocomplete fish --script > $__fish_config_dir/completions/codex-planner.fish
`,
      stderr: '',
    })
    expect(await wholeTree(machine.folder)).to.deep.equal(earlier)
  })

  it('calls the program by its path where it is not on PATH', async () => {
    const {stdout} = await machine.run(['autocomplete', 'bash'], {env: {PATH: '/usr/bin:/bin'}})
    expect(stdout).to.contain(`${process.execPath} `).and.to.contain('/bin/run.js autocomplete bash --script >| ~/')
  })

  it('wants to know which shell is to read what it prints', async () => {
    const {exit, message, suggestions} = await machine.refusal(['autocomplete', '--script'], {
      env: {SHELL: '/bin/tcsh'},
    })
    expect({exit, message, suggestions}).to.deep.equal({
      exit: 2,
      message: 'Say for which shell: bash, zsh or fish.',
      suggestions: ['codex-planner autocomplete bash --script'],
    })
  })
})
