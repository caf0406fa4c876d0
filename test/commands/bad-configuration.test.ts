import {globSync, readFileSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {CONFIG_KEYS, environmentVariable} from '../../src/domain/config.ts'
import type {ErrorCode} from '../../src/domain/errors.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {KEYS} from './bad-input/configuration.ts'
import {putOnBoard} from './boards.ts'
import {checkout, type Machine, makeMachine, wholeTree} from './machine.ts'

const LONG = 'x'.repeat(100_000)

type Env = Record<string, string>

/** What is tried for the variables that are no key: where the file is, and who a session is. */
const OTHERS: Record<string, [what: string, env: Env, argv: string[], code: ErrorCode | 'taken', says: string][]> = {
  CODEX_ORCHESTRATOR_CONFIG: [
    [
      'a file that is not there',
      {CODEX_ORCHESTRATOR_CONFIG: '/nowhere/c.toml'},
      ['list-tasks'],
      'INVALID_CONFIG',
      'CODEX_ORCHESTRATOR_CONFIG names /nowhere/c.toml, and there is no such file.',
    ],
    ['blank', {CODEX_ORCHESTRATOR_CONFIG: ' '}, ['list-tasks'], 'INVALID_CONFIG', ' , and there is no such file.'],
    [
      'with a bell',
      {CODEX_ORCHESTRATOR_CONFIG: '/a\u0007b'},
      ['list-tasks'],
      'INVALID_CONFIG',
      'names /a\\u{7}b, and there is no such file.',
    ],
    [
      'too long',
      {CODEX_ORCHESTRATOR_CONFIG: `/${LONG}`},
      ['list-tasks'],
      'INVALID_CONFIG',
      'xxx, and there is no such file.',
    ],
    ['a folder', {CODEX_ORCHESTRATOR_CONFIG: '/'}, ['list-tasks'], 'UNSAFE_FILE', '/ is a folder, not a plain file.'],
    [
      'a device',
      {CODEX_ORCHESTRATOR_CONFIG: '/dev/zero'},
      ['list-tasks'],
      'UNSAFE_FILE',
      '/dev/zero is a socket or device, not a plain file.',
    ],
    [
      'no TOML',
      {CODEX_ORCHESTRATOR_CONFIG: '/etc/passwd'},
      ['list-tasks'],
      'INVALID_CONFIG',
      '/etc/passwd line 1, column 5: this is not TOML',
    ],
  ],
  CODEX_ORCHESTRATOR_ROLE: ['boss', 'operator', 'Planner', 'planner\u0007', LONG].map(role => [
    role.slice(0, 20),
    {CODEX_ORCHESTRATOR_ROLE: role},
    ['create-task', 'x'],
    'ROLE_FORBIDDEN',
    `Only the planner can use create-task; this is the observer's session.`,
  ]),
  CODEX_ORCHESTRATOR_SESSION: ['', 'planner', 'x y', 'worker-task-002\u0007', '../worker-task-002', LONG].map(
    session => [
      session.slice(0, 20),
      {CODEX_ORCHESTRATOR_ROLE: 'worker', CODEX_ORCHESTRATOR_SESSION: session},
      ['request-review', 'TASK-002', '--summary', 'Done'],
      'ROLE_FORBIDDEN',
      `Only the planner can use request-review; this is the observer's session.`,
    ],
  ),
  CODEX_ORCHESTRATOR_PROJECT: [
    [
      'no folder',
      {CODEX_ORCHESTRATOR_ROLE: 'planner', CODEX_ORCHESTRATOR_PROJECT: '/nowhere'},
      ['list-tasks'],
      'NOT_A_REPOSITORY',
      'There is no folder /nowhere.',
    ],
    [
      'with a bell',
      {CODEX_ORCHESTRATOR_ROLE: 'planner', CODEX_ORCHESTRATOR_PROJECT: '/a\u0007'},
      ['list-tasks'],
      'NOT_A_REPOSITORY',
      'There is no folder /a\\u{7}.',
    ],
    [
      'too long',
      {CODEX_ORCHESTRATOR_ROLE: 'planner', CODEX_ORCHESTRATOR_PROJECT: `/${LONG}`},
      ['list-tasks'],
      'NOT_A_REPOSITORY',
      'There is no folder /xxx',
    ],
    [
      'outside of every repository',
      {CODEX_ORCHESTRATOR_ROLE: 'planner', CODEX_ORCHESTRATOR_PROJECT: '/'},
      ['list-tasks'],
      'NOT_A_REPOSITORY',
      '/ is not inside a Git repository.',
    ],
    [
      'another one than a worker’s',
      {
        CODEX_ORCHESTRATOR_ROLE: 'worker',
        CODEX_ORCHESTRATOR_SESSION: 'worker-task-002',
        CODEX_ORCHESTRATOR_PROJECT: '/nowhere',
      },
      ['list-tasks', '--repo-path', '.'],
      'REPO_NOT_ALLOWED',
      'worker-task-002 belongs to /nowhere and cannot act on another repository.',
    ],
  ],
  // Only compared with the start that is reported about, and only told to sessions.
  CODEX_ORCHESTRATOR_RUN: [['a path', {CODEX_ORCHESTRATOR_RUN: '../x\u0007'}, ['list-tasks'], 'taken', '']],
  CODEX_ORCHESTRATOR_CLI: [['a path', {CODEX_ORCHESTRATOR_CLI: '/nowhere\u0007'}, ['list-tasks'], 'taken', '']],
  CODEX_ORCHESTRATOR_LEASE: [['of no lease', {CODEX_ORCHESTRATOR_LEASE: 'x\u0007'}, ['list-leases'], 'taken', '']],
}

describe('a bad host configuration', () => {
  let machine: Machine
  let root: string
  let program: ManyCalls

  before(async () => {
    machine = await makeMachine()
    root = await machine.repository('repo')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: [{}, {status: 'in_progress'}]})
    program = manyCalls(
      Object.fromEntries(Object.entries(machine.env).filter(([name]) => !name.startsWith('CODEX_ORCHESTRATOR_'))),
    )
  })
  afterEach(() => rm(path.join(machine.home, 'config'), {recursive: true, force: true}))
  after(async () => {
    await program.close()
    await machine.close()
  })

  /** The sentence, after which everything is as it was. */
  async function sentenceOf(argv: string[], env: Env, code: ErrorCode): Promise<string> {
    const before = await wholeTree(machine.folder)
    const ran = await program.run({argv, cwd: root, env})
    expect(await wholeTree(machine.folder)).to.deep.equal(before)
    const [, sentence = '', told] =
      /^ {4}Error: ([^\n]+\.)\n {4}Code: ([A-Z_]+)\n(?: {4}Try this: [^\n]+\n)?$/.exec(ran.stderr) ?? []
    expect({told, code: ran.code, stdout: ran.stdout}, ran.stderr.slice(0, 1000)).to.deep.equal({
      told: code,
      code: 1,
      stdout: '',
    })
    expect(ran.stderr.length).to.be.below(2500)
    return sentence
  }

  it('is tried for every key, and every variable that the program reads', () => {
    expect(Object.keys(KEYS).toSorted()).to.deep.equal(CONFIG_KEYS.toSorted())
    const sources = globSync(['src/**/*.ts', 'plugins/*/src/**/*.ts'], {cwd: checkout})
    const named = sources.flatMap(
      file => readFileSync(path.join(checkout, file), 'utf8').match(/CODEX_ORCHESTRATOR_[A-Z0-9_]*[A-Z0-9]/g) ?? [],
    )
    const others = [...new Set(named)].filter(name => !CONFIG_KEYS.map(environmentVariable).includes(name))
    expect(Object.keys(OTHERS).toSorted()).to.deep.equal(others.toSorted())
  })

  for (const [key, {accepted, file, variable}] of Object.entries(KEYS)) {
    for (const [written, shown] of file) {
      it(`is told with its line: ${key} = ${written.slice(0, 40)}`, async () => {
        const config = await machine.configure(`[defaults]\n\n${key} = ${written}\n`)
        const sentence = await sentenceOf(['list-tasks'], {}, 'INVALID_CONFIG')
        expect(sentence).to.equal(`${config} line 3: ${key} is ${shown}; accepted is ${accepted}.`)
      })
    }
    for (const [written, shown] of variable) {
      const name = environmentVariable(key)
      it(`is told by its name: ${name}=${JSON.stringify(written.slice(0, 40))}`, async () => {
        const sentence = await sentenceOf(['list-tasks'], {[name]: written}, 'INVALID_CONFIG')
        expect(sentence).to.equal(`${name} is ${shown}; accepted is ${accepted}.`)
      })
    }
    it(`is none for an empty ${environmentVariable(key)}`, async () => {
      const {code, stderr} = await program.run({argv: ['list-tasks'], cwd: root, env: {[environmentVariable(key)]: ''}})
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    })
  }

  it('is a file of 1 MiB, whatever is in it', async () => {
    const config = await machine.configure(`worker_model = "${'x'.repeat(2 ** 20)}"\n`)
    expect(await sentenceOf(['list-tasks'], {}, 'UNSAFE_FILE')).to.equal(
      `${config} has 1048594 bytes; at most 1000000 are read.`,
    )
  })

  for (const [name, rows] of Object.entries(OTHERS)) {
    for (const [what, env, argv, code, says] of rows) {
      it(`is refused or means nothing: ${name}, ${JSON.stringify(what)}`, async () => {
        if (code === 'taken') expect((await program.run({argv, cwd: root, env})).code).to.equal(0)
        else expect(await sentenceOf(argv, env, code)).to.include(says)
      })
    }
  }
})
