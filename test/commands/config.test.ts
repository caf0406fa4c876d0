import {rm} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

/** Every command that a person types, with what it needs. */
const CALLS: string[][] = [
  [],
  ['attach'],
  ['close-session', 'planner'],
  ['close-worker', 'worker-task-001'],
  ['create-task', 'One'],
  ['dashboard'],
  ['init'],
  ['launch'],
  ['list-sessions'],
  ['list-tasks'],
  ['request-input', '--session-name', 'worker-task-001', '--summary', 'Why?'],
  ['request-review', 'TASK-001', '--summary', 'Done'],
  ['resume-task', 'TASK-001', '--note', 'Go on'],
  ['show-handoff', 'TASK-001'],
  ['show-prompt', 'planner'],
  ['show-task', 'TASK-001'],
  ['spawn-worker', 'TASK-001'],
  ['start-planner'],
  ['update-task', 'TASK-001', '--status', 'blocked'],
  ['wait-events', '--after', '0'],
]

describe('a wrong host configuration', () => {
  let machine: Machine
  let root: string

  before(async () => {
    machine = await makeMachine()
    root = await machine.repository('repo')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: [{}], sessions: [{name: 'planner', backend: 'gone'}]})
  })
  afterEach(() => rm(path.join(machine.home, 'config'), {recursive: true, force: true}))
  after(() => machine.close())

  for (const argv of CALLS) {
    it(`stops ${argv[0] ?? 'a bare call'} with file, line, key and what is accepted, before it does anything`, async () => {
      const file = await machine.configure('# mine\n[defaults]\nterminal_backend = "tmux"\nlease_ttl_seconds = true\n')
      const before = await wholeTree(machine.folder)
      expect(await machine.refusal(argv, {cwd: root})).to.deep.equal({
        exit: 1,
        code: 'INVALID_CONFIG',
        message: `${file} line 4: lease_ttl_seconds is true; accepted is a whole number from 10 to 604800.`,
        suggestions: [`\${EDITOR:-vi} ${file}`],
        retryable: false,
      })
      expect(await wholeTree(machine.folder)).to.deep.equal(before)
    })
  }

  it('stops nobody from getting help, the version, or the list of plugins', async () => {
    await machine.configure('[defaults]\nlease_ttl_seconds = true\n')
    for (const argv of [
      ['help'],
      ['--help'],
      ['list-tasks', '--help'],
      ['help', 'create-task'],
      ['--version'],
      ['plugins'],
    ]) {
      expect((await machine.run(argv, {cwd: root})).code, argv.join(' ')).to.equal(0)
    }
  })

  const table: [what: string, toml: string, told: RegExp][] = [
    ['text that is no TOML', '[defaults\nx = 1\n', /config\.toml line 1\b/],
    [
      'a key in the wrong type',
      '[defaults]\ncodex_args = "--yolo"\n',
      /line 2: codex_args is "--yolo"; accepted is a list of arguments/,
    ],
    [
      'a value that is too large',
      '[defaults]\nmax_heavy_leases = 99999\n',
      /line 2: max_heavy_leases is 99999; accepted is a whole number from 1 to 1024\./,
    ],
    [
      'a relative folder',
      '[defaults]\nworktrees_base_dir = "trees"\n',
      /line 2: worktrees_base_dir is "trees"; accepted is an absolute folder/,
    ],
    ['defaults that are no table', 'defaults = 1\n', /line 1: defaults is 1; accepted is a table, \[defaults\]\./],
    [
      'a program that looks like a flag',
      '[defaults]\ngit_executable = "-x"\n',
      /line 2: git_executable is "-x"; accepted is a program's name/,
    ],
  ]
  for (const [what, toml, told] of table) {
    it(`is told where it is: ${what}`, async () => {
      await machine.configure(toml)
      const {exit, code, message} = await machine.refusal(['list-tasks'], {cwd: root})
      expect({exit, code}).to.deep.equal({exit: 1, code: 'INVALID_CONFIG'})
      expect(message).to.match(told)
    })
  }

  it('is told by the name of the variable when it comes from the environment, which wins over the file', async () => {
    await machine.configure('[defaults]\nlease_ttl_seconds = 60\n')
    const env = {CODEX_ORCHESTRATOR_LEASE_TTL_SECONDS: 'soon'}
    const {code, message} = await machine.refusal(['list-tasks'], {cwd: root, env})
    expect({code, message}).to.deep.equal({
      code: 'INVALID_CONFIG',
      message: 'CODEX_ORCHESTRATOR_LEASE_TTL_SECONDS is "soon"; accepted is a whole number from 10 to 604800.',
    })
  })

  it('is read from the file that CODEX_ORCHESTRATOR_CONFIG names', async () => {
    const file = await machine.configure('[defaults]\nlease_ttl_seconds = 0\n')
    const env = {CODEX_ORCHESTRATOR_CONFIG: file, XDG_CONFIG_HOME: path.join(machine.home, 'none')}
    expect((await machine.refusal(['list-tasks'], {cwd: root, env})).code).to.equal('INVALID_CONFIG')
  })

  it('is none when a key is only unknown: that is a warning, beside the answer', async () => {
    const file = await machine.configure('[defaults]\nmax_heavy_lease = 2\n[other]\nx = 1\n')
    const {code, stdout, stderr} = await machine.run(['list-tasks', '--json'], {cwd: root})
    expect({code, total: (JSON.parse(stdout) as {total: number}).total}).to.deep.equal({code: 0, total: 1})
    expect(stderr.trimEnd().split('\n').toSorted()).to.deep.equal([
      `Warning: ${file} line 2: max_heavy_lease is not a known key; the nearest known one is max_heavy_leases.`,
      `Warning: ${file} line 3: other is not used; the nearest known one is plugins.`,
    ])
  })
})
