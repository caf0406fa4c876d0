// oclif is told which plugins come with the program, and finds them itself when a person has installed others: nobody can tell the difference.
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {Config} from '@oclif/core/config'
import {expect} from 'chai'
import {cacheFolder, pluginsFolder} from '../../src/store/user-folders.ts'
import {checkout, type Machine, makeMachine, program, runProgram} from '../commands/machine.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'

interface Listed {
  args: Record<string, {required?: boolean}>
  aliases: string[]
  hiddenAliases: string[]
}

const {commands} = JSON.parse(readFileSync(path.join(checkout, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, Listed>
}
/** Not run without a flag that stops them: it serves until its input ends. */
const STAYS = ['serve-mcp', 'mcp']
/** The numbers in what these print are others at every look, or after every call. */
const MOVES = ['doctor', 'resources', 'quickstart', 'launch', 'start-planner', 'create-task']

describe('a program whose plugins oclif is told', () => {
  let machine: Machine
  let calls: ManyCalls
  let repo: string

  before(async () => {
    machine = await makeMachine()
    repo = await machine.repository('repo')
    await machine.json(['init'], {cwd: repo})
    await machine.json(['create-task', 'One'], {cwd: repo})
    calls = manyCalls(machine.env)
  })
  after(async () => {
    await calls.close()
    await machine.close()
  })

  async function expectSame(argv: string[], cwd: string): Promise<void> {
    const moves = argv.some(word => MOVES.includes(word))
    const ask = async (searches: boolean) => {
      const {code, stdout, stderr} = await calls.run({argv, cwd, searches})
      return moves ? {code, out: (stdout + stderr).replaceAll(/\d+/g, '0')} : {code, stdout, stderr}
    }
    expect(await ask(false), argv.join(' ')).to.deep.equal(await ask(true))
  }

  for (const [id, {aliases, hiddenAliases}] of Object.entries(commands)) {
    for (const name of [id, ...aliases, ...hiddenAliases]) {
      it(`answers the same to ${name.replaceAll(':', ' ')}`, async function () {
        this.timeout(120_000)
        const words = name.split(':')
        const wrong = [['--bogus'], ['--bogus', '--json'], ['--help'], ['-h', 'x'], ['x', 'y', 'z']]
        const plain = [[], ['--json'], ['TASK-001'], ['TASK-009', '--json']]
        for (const rest of STAYS.includes(name) ? wrong.slice(0, 4) : [...wrong, ...plain])
          await expectSame([...words, ...rest], repo)
        if (!STAYS.includes(name)) await expectSame(words, machine.home)
      })
    }
  }

  const others = [
    ['--version'],
    ['-v', 'x'],
    ['--help'],
    ['-h'],
    ['--help', '-n'],
    ['help'],
    ['help', 'plugins'],
    ['help', 'create-task'],
    ['help', 'nothing'],
    ['internal'],
    ['plugins', '--core'],
    ['plugins', 'install'],
    ['lst-tasks'],
    ['lst-tasks', '--json'],
    ['list', 'tasks'],
  ]
  for (const argv of others) {
    it(`answers the same to ${argv.join(' ')}`, async () => {
      for (const cwd of [repo, machine.home]) await expectSame(argv, cwd)
    })
  }

  describe('started once', () => {
    let searching: Record<string, string>

    before(async () => {
      // oclif takes none of it for a plugin, and looks.
      searching = {XDG_DATA_HOME: path.join(machine.home, 'other')}
      await mkdir(pluginsFolder(searching), {recursive: true})
      await writeFile(path.join(pluginsFolder(searching), 'package.json'), '{"oclif": {"plugins": [{}]}}')
    })

    const cases = [
      ['--version'],
      ['-v'],
      ['--help'],
      ['list-tasks'],
      ['list-tasks', '--json'],
      ['lst'],
      ['update-task'],
    ]
    for (const argv of cases) {
      it(`says the same of ${argv.join(' ')} to a pipe and to a terminal`, async function () {
        if (!existsSync('/usr/bin/script')) this.skip()
        const line = `"${process.execPath}" "${program}" ${argv.join(' ')}`
        for (const [file, args] of [
          ['/bin/sh', ['-c', line]],
          ['/usr/bin/script', ['-qec', line, '/dev/null']],
        ] as const) {
          const run = (env: NodeJS.ProcessEnv) => runProgram(file, args, {cwd: repo, env: {...machine.env, ...env}})
          expect(await run({})).to.deep.equal(await run(searching))
        }
      })
    }
  })

  it('knows where oclif keeps what it keeps', async () => {
    const own = {...process.env}
    try {
      for (const env of [
        {HOME: '/a'},
        {HOME: '/a', XDG_DATA_HOME: '/b', XDG_CACHE_HOME: '/c'},
        {HOME: '/a', CODEX_PLANNER_DATA_DIR: '/d', CODEX_PLANNER_CACHE_DIR: '/e'},
        {HOME: '', XDG_DATA_HOME: '', CODEX_PLANNER_DATA_DIR: ''},
      ]) {
        for (const name of Object.keys(process.env))
          if (/^(HOME|XDG_|CODEX_)/.test(name)) Reflect.deleteProperty(process.env, name)
        Object.assign(process.env, env)
        const {dataDir, cacheDir} = await Config.load({root: checkout, userPlugins: false})
        expect([pluginsFolder(process.env), cacheFolder(process.env)]).to.deep.equal([dataDir, cacheDir])
      }
    } finally {
      for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name)
      Object.assign(process.env, own)
    }
  })
})
