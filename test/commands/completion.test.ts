import {readFileSync} from 'node:fs'
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {withLock} from '../../src/store/lock.ts'
import {projectPaths} from '../../src/store/paths.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {putOnBoard} from './boards.ts'
import {checkout, type Machine, makeMachine, wholeTree} from './machine.ts'

interface Manifest {
  commands: Record<string, {id: string; hidden?: boolean; args: Record<string, unknown>; flags: Record<string, Flag>}>
}

interface Flag {
  type: 'boolean' | 'option'
  hidden?: boolean
}

const {commands} = JSON.parse(readFileSync(path.join(checkout, 'oclif.manifest.json'), 'utf8')) as Manifest
const visible = Object.values(commands).filter(({hidden}) => !hidden)

/** What only a person can know; nothing is offered for it. */
const FREE = [
  ...['create-task title', 'create-task --description', 'create-task --acceptance', 'update-task --title'],
  ...['update-task --description', 'update-task --acceptance', 'request-input --summary', 'request-input --detail'],
  ...['request-input --recommended-next-step', 'request-review --summary', 'request-review --detail'],
  ...['resume-task --note', 'run --purpose', 'acquire-lease --purpose', 'wait-events --after', 'wait-events --timeout'],
  ...['list-leases', 'list-sessions', 'list-tasks', 'snapshots'].flatMap(id => [`${id} --limit`, `${id} --cursor`]),
  ...['show-handoff --offset', 'show-prompt --offset'],
]

describe('completion', () => {
  let machine: Machine
  let root: string
  let program: ManyCalls

  before(async () => {
    machine = await makeMachine()
    root = await machine.repository('repo')
    await machine.json(['init'], {cwd: root})
    const base_commit = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
    await putOnBoard(root, {
      tasks: [
        {title: 'Refuse empty names'},
        {title: 'Say why', status: 'in_progress', base_commit, owner: 'worker-task-002'},
        {title: 'Which spelling?', status: 'needs_input', base_commit},
        {title: 'It is there', status: 'done'},
      ],
      sessions: [{name: 'planner'}, {name: 'worker-task-002'}, {name: 'worker-task-003', status: 'closed'}],
    })
    await machine.git(root, 'update-ref', 'refs/codex-planner/snapshots/worker-task-002/20260131T120000-000Z', 'HEAD')
    await machine.json(['acquire-lease', '--session-name', 'operator', '--purpose', 'npm test'], {cwd: root})
    program = manyCalls(machine.env)
  })
  after(async () => {
    await program.close()
    await machine.close()
  })

  /** What fish is told for these words; the last one is at the cursor. */
  async function offered(words: readonly string[], {cwd = root, env = {}, shell = 'fish'} = {}): Promise<string[]> {
    const {code, stdout, stderr} = await program.run({argv: ['internal', 'complete', shell, '--', ...words], cwd, env})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    return stdout === '' ? [] : stdout.trimEnd().split('\n')
  }
  const values = async (...words: string[]) => (await offered(words)).map(line => line.split('\t', 1)[0] ?? '')

  it('offers every command that help lists, and no other', async () => {
    expect(await values('')).to.deep.equal([...visible.map(({id}) => id), 'help', 'plugins'].toSorted())
    expect(await values('help', '')).to.deep.equal(await values(''))
  })

  it('tells of each what it does', async () => {
    expect(await offered([''])).to.include.members([
      'show-task\tShow everything about one task.',
      'plugins\tInstall terminals and worker policies.',
    ])
  })

  it('offers what comes after plugins, and its flags', async () => {
    const below = ['inspect', 'install', 'link', 'reset', 'uninstall', 'update']
    expect(await values('plugins', '')).to.deep.equal(below)
    expect(await values('help', 'plugins', '')).to.deep.equal(below)
    expect(await values('plugins', 'install', '--v')).to.include('--verbose')
    expect(await values('plugins', 'link', './')).to.deep.equal([':files'])
  })

  it('offers the plugins that a person added, also one that is gone, where one is wanted that is there', async () => {
    for (const name of ['mine', 'gone']) {
      const folder = path.join(machine.folder, name)
      await mkdir(folder)
      const about = {name: `@me/${name}`, version: '1.0.0', oclif: {hooks: {'worker-policy': './provide.js'}}}
      await writeFile(path.join(folder, 'package.json'), JSON.stringify(about))
      await machine.run(['plugins', 'link', folder, '--no-install'])
    }
    await rm(path.join(machine.folder, 'gone'), {recursive: true})
    try {
      const fresh = (...words: string[]) => machine.run(['internal', 'complete', 'fish', '--', 'plugins', ...words])
      for (const name of ['uninstall', 'unlink', 'remove', 'inspect']) {
        for (const words of [
          [name, ''],
          [name, 'other', '@'],
        ])
          expect((await fresh(...words)).stdout, words.join(' ')).to.equal('@me/mine\tworker-policy\n@me/gone\n')
      }
      for (const name of ['install', 'add']) expect((await fresh(name, '')).stdout, name).to.equal('')
    } finally {
      await machine.run(['plugins', 'reset'])
    }
  })

  it('knows a hidden flag and its value, and never offers it', async () => {
    expect(await values('serve-mcp', '--run', 'x', '--ro')).to.include('--role')
    expect(await values('serve-mcp', '--run', '--role', '')).not.to.include('worker')
    expect(await values('serve-mcp', '-')).not.to.include('--run')
  })

  it('offers every flag of every command', async () => {
    for (const {id, flags} of visible) {
      const shown = Object.keys(flags).filter(name => !flags[name]?.hidden)
      const wanted = [...shown, 'help', ...(id === 'run' ? [''] : [])].map(name => `--${name}`)
      expect((await values(id, '-')).toSorted(), id).to.deep.equal(wanted.toSorted())
    }
  })

  it('offers something for every argument and every flag with a value that is not free text', async () => {
    const silent: string[] = []
    for (const {id, args, flags} of visible) {
      const [first] = Object.keys(args)
      if (first !== undefined && (await offered([id, ''])).length === 0) silent.push(`${id} ${first}`)
      for (const [name, {type, hidden}] of Object.entries(flags)) {
        if (type !== 'option' || hidden) continue
        if ((await offered([id, `--${name}`, ''])).length === 0) silent.push(`${id} --${name}`)
      }
    }
    expect(silent.toSorted()).to.deep.equal(FREE.toSorted())
  })

  const TABLE: [words: string[], lines: string[]][] = [
    [['spawn-worker', ''], ['TASK-001\tRefuse empty names']],
    [
      ['resume-task', ''],
      ['TASK-002\tSay why', 'TASK-003\tWhich spelling?'],
    ],
    [['request-review', ''], ['TASK-002\tSay why']],
    [
      ['update-task', ''],
      ['TASK-001\tRefuse empty names', 'TASK-002\tSay why', 'TASK-003\tWhich spelling?'],
    ],
    [
      ['update-task', '--status', 'todo', 'TASK-0'],
      ['TASK-001\tRefuse empty names', 'TASK-002\tSay why', 'TASK-003\tWhich spelling?'],
    ],
    [
      ['show-task', ''],
      ['TASK-001\tRefuse empty names', 'TASK-002\tSay why', 'TASK-003\tWhich spelling?', 'TASK-004\tIt is there'],
    ],
    [['close-worker', ''], ['worker-task-002\trunning: Say why']],
    [
      ['attach', ''],
      ['planner\trunning', 'worker-task-002\trunning: Say why'],
    ],
    [['restore-snapshot', ''], ['worker-task-002/20260131T120000-000Z']],
    [['list-tasks', '--owner', ''], ['worker-task-002']],
    [
      ['autocomplete', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['serve-mcp', '--role='],
      ['--role=planner', '--role=worker', '--role=observer'],
    ],
    [
      ['mcp', '--role', ''],
      ['planner', 'worker', 'observer'],
    ],
    [
      ['create-task', 'A title', '--priority', ''],
      ['low', 'normal', 'high'],
    ],
    [['run', '--purpose', 'x', '--', 'npm'], [':command']],
    [['restore-snapshot', '--to', ''], [':folders']],
    [['create-task', '--write-scope=sr'], [':files']],
  ]
  for (const [words, lines] of TABLE) {
    it(`knows: ${words.join(' ')}`, async () => expect(await offered(words)).to.deep.equal(lines))
  }

  it('knows a lease by who has it and what it is for', async () => {
    expect((await offered(['release-lease', '']))[0]).to.match(/^HEAVY-[0-9a-f]{8}\toperator: npm test$/)
  })

  it('knows the repository that the line names, from anywhere', async () => {
    const cwd = machine.folder
    expect(await offered(['show-task', ''], {cwd})).to.deep.equal([])
    expect(await offered(['show-task', '--repo-path', 'repo', ''], {cwd})).to.have.length(4)
    expect(await offered(['show-task', `--repo-path=${root}`, ''], {cwd})).to.have.length(4)
    expect(await offered(['release-lease', ''], {cwd})).to.have.length(1)
    await machine.git(machine.home, 'init', '-q', 'work')
    await machine.json(['init', '--repo-path', path.join(machine.home, 'work')])
    await machine.json(['create-task', 'At home', '--repo-path', path.join(machine.home, 'work')])
    expect(await offered(['show-task', '--repo-path', '~/work', ''], {cwd})).to.deep.equal(['TASK-001\tAt home'])
  })

  const FIRST: [what: string, words: string[], lines: string[]][] = [
    ['flags of launch and of the program', ['--'], ['--new-session', '--json', '--repo-path', '--help', '--version']],
    ['flags of launch', ['--new-session', '--'], ['--json', '--repo-path', '--help']],
    ['nothing for a flag that launch does not have', ['--bogus='], []],
    ['nothing behind --version', ['--version', ''], []],
    ['nothing for an unknown command', ['shwo-task', ''], []],
    ['nothing for a hidden command', ['internal', ''], []],
    ['nothing for a flag that is not there', ['list-tasks', '--bogus='], []],
  ]
  for (const [what, words, lines] of FIRST) {
    it(`offers ${what}`, async () => expect(await values(...words)).to.deep.equal(lines))
  }

  it('answers nothing to a shell it does not know, nor to half a question', async () => {
    for (const argv of [[], ['tcsh', '--', ''], ['bash'], ['bash', 'show-task', ''], ['bash', '--']]) {
      const {code, stderr} = await program.run({argv: ['internal', 'complete', ...argv], cwd: root})
      expect({code, stderr}, argv.join(' ')).to.deep.equal({code: 0, stderr: ''})
    }
  })

  it('still offers what stands in no file when the configuration is wrong', async () => {
    const env = {CODEX_ORCHESTRATOR_CONFIG: '/nowhere/c.toml'}
    expect(await offered(['show-task', ''], {env})).to.deep.equal([])
    expect(await offered(['create-task', '--priority', ''], {env})).to.deep.equal(['low', 'normal', 'high'])
  })

  it('is the same in a worktree of a worker, and for the worker itself', async () => {
    const cwd = path.join(machine.folder, 'worktree')
    await machine.git(root, 'worktree', 'add', '-q', '-b', 'work', cwd)
    expect(await offered(['spawn-worker', ''], {cwd})).to.deep.equal(['TASK-001\tRefuse empty names'])
    const env = {
      CODEX_ORCHESTRATOR_ROLE: 'worker',
      CODEX_ORCHESTRATOR_SESSION: 'worker-task-002',
      CODEX_ORCHESTRATOR_PROJECT: root,
    }
    expect(await offered(['spawn-worker', ''], {cwd, env})).to.deep.equal(['TASK-001\tRefuse empty names'])
  })

  it('waits for nobody who changes the board', async () => {
    const {lock} = projectPaths(root, path.join(root, '.git'))
    const lines = await withLock(lock, () => offered(['spawn-worker', '']))
    expect(lines).to.deep.equal(['TASK-001\tRefuse empty names'])
  })

  it('is one line for a title that a person wrote in several, with what acts on a terminal', async () => {
    const cwd = await machine.repository('by-hand')
    await machine.json(['init'], {cwd})
    await machine.json(['create-task', 'A title'], {cwd})
    const file = path.join(cwd, '.codex/board/tasks.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('A title', String.raw`"a\tb\nTASK-002\tc\e[31m\u202E"`))
    expect(await offered(['show-task', ''], {cwd})).to.deep.equal([
      String.raw`TASK-001${'\t'}a\u{9}b\u{a}TASK-002\u{9}c\u{1b}[31m\u{202e}`,
    ])
  })

  it('says nothing of a key of the configuration that is not known', async () => {
    const file = path.join(machine.folder, 'odd.toml')
    await writeFile(file, '[defaults]\nmax_wrokers = 1\n')
    const env = {CODEX_ORCHESTRATOR_CONFIG: file}
    expect(await offered(['spawn-worker', ''], {env})).to.deep.equal(['TASK-001\tRefuse empty names'])
  })

  it('changes nothing, and takes no lock', async () => {
    const earlier = await wholeTree(machine.folder)
    const asked = [[''], ['show-task', ''], ['attach', ''], ['release-lease', ''], ['restore-snapshot', ''], ['-']]
    for (const words of asked) {
      const {code, stderr} = await machine.run(['internal', 'complete', 'zsh', '--', ...words], {cwd: root})
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    }
    expect(await wholeTree(machine.folder)).to.deep.equal(earlier)
  })

  describe('offers nothing, and says nothing, where', () => {
    let damaged: string
    let made = 0
    beforeEach(async () => {
      made += 1
      damaged = await machine.repository(`damaged-${made}`)
      await machine.json(['init'], {cwd: damaged})
      await putOnBoard(damaged, {tasks: [{}]})
    })
    const tasksOf = (folder: string) => path.join(folder, '.codex/board/tasks.yaml')

    it('the board is no YAML', async () => {
      await writeFile(tasksOf(damaged), 'tasks: [')
      expect(await offered(['show-task', ''], {cwd: damaged})).to.deep.equal([])
    })

    it('an entry of the board is none', async () => {
      const text = await readFile(tasksOf(damaged), 'utf8')
      await writeFile(tasksOf(damaged), text.replace('TASK-001', '$(touch /tmp/x)'))
      expect(await offered(['show-task', ''], {cwd: damaged})).to.deep.equal([])
    })

    it('there is no board', async () => {
      const empty = await machine.repository('empty')
      expect(await offered(['show-task', ''], {cwd: empty})).to.deep.equal([])
      expect(await offered(['restore-snapshot', ''], {cwd: empty})).to.deep.equal([])
    })

    it('others could change the leases', async () => {
      const folder = path.join(machine.home, 'state', 'codex-orchestrator')
      await chmod(folder, 0o777)
      expect(await offered(['release-lease', ''])).to.deep.equal([])
      await chmod(folder, 0o700)
    })
  })
})
