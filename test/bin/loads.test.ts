// What a call loads, opens and starts. It is written out here so that a heavy import or one more program is seen in a change, which the time of
// a call on a busy machine would not tell.
import {cp, mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {checkout, type Machine, makeMachine, runProgram} from '../commands/machine.ts'
import {notingModules} from '../support/noted-modules.ts'
import {mayTrace, traced} from '../support/tracing.ts'

interface Loads {
  /** Packages of which something is run. */
  packages: string[]
  /** Services of ours. */
  services?: string[]
  /** Parts of Node that take long to load. */
  heavy?: string[]
  /** Files that are opened below the program, the person's home and the repository. */
  files: string[]
  /** Programs that are started. */
  programs: string[]
}

const HEAVY = ['child_process', 'crypto', 'fs/promises', 'net', 'perf_hooks', 'readline', 'stream', 'zlib']

const HELLO = {protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {name: 'x', version: '1'}}
const LISTING = [
  {jsonrpc: '2.0', id: 1, method: 'initialize', params: HELLO},
  {jsonrpc: '2.0', method: 'notifications/initialized'},
  {jsonrpc: '2.0', id: 2, method: 'tools/list'},
]
/** The first one of a session. It is refused, so it goes no further, whenever the input ends. */
const CALL = {jsonrpc: '2.0', id: 3, method: 'tools/call', params: {name: 'list_tasks', arguments: {limit: 0}}}

const START = ['bin/package.json', 'bin/run.js', 'dist/bundle/start.cjs', 'package.json'].map(file => `PROGRAM/${file}`)
const PROGRAM = [
  ...START,
  'HOME/cache/codex-planner/code/…',
  'PROGRAM/dist/bundle/codex-planner.cjs',
  'PROGRAM/dist/bundle/plugins.json',
]
const REPOSITORY = ['REPO/.git/HEAD', 'REPO/.git/config']
const KNOWN_BOARD = [
  'REPO/.git/codex-planner/index-board-sessions.json',
  'REPO/.git/codex-planner/index-board-tasks.json',
]
const BOARD = [
  ...KNOWN_BOARD,
  'REPO/.codex/board/sessions.yaml',
  'REPO/.codex/board/tasks.yaml',
  'REPO/.git/codex-planner/good/tasks.yaml/latest',
]
const OCLIF = ['@oclif/core', 'get-package-type']

const CASES: [argv: string[], loads: Loads, input?: object[]][] = [
  [['--version'], {packages: [], services: [], files: START, programs: []}],
  [
    ['--help'],
    {
      packages: [
        ...OCLIF,
        ...[
          'ejs',
          'emoji-regex',
          'has-flag',
          'indent-string',
          'is-fullwidth-code-point',
          'supports-color',
          'widest-line',
        ],
        'wrap-ansi',
      ],
      services: [],
      files: [...PROGRAM, 'PROGRAM/dist/bundle/help.cjs'],
      programs: [],
    },
  ],
  [
    ['list-tasks', '--json'],
    {
      packages: OCLIF,
      services: ['host', 'project', 'tasks', 'terminals'],
      heavy: [],
      files: [...PROGRAM, ...REPOSITORY, ...KNOWN_BOARD],
      programs: [],
    },
  ],
  [
    ['internal', 'complete', 'bash', '--', 'update-task', 'TASK-0'],
    {
      packages: OCLIF,
      services: ['completion', 'host', 'project'],
      heavy: [],
      files: [...PROGRAM, ...REPOSITORY, ...KNOWN_BOARD],
      programs: [],
    },
  ],
  [
    ['serve-mcp'],
    {
      packages: OCLIF,
      heavy: ['net', 'stream'],
      files: [...PROGRAM, ...REPOSITORY, 'PROGRAM/dist/bundle/late/mcp-sdk.cjs', 'PROGRAM/dist/bundle/rest.cjs'],
      programs: [],
    },
    LISTING,
  ],
  [
    ['serve-mcp'],
    {
      packages: OCLIF,
      files: [
        ...[...PROGRAM, ...REPOSITORY],
        ...['judges', 'mcp-sdk'].map(name => `PROGRAM/dist/bundle/late/${name}.cjs`),
        'PROGRAM/dist/bundle/rest.cjs',
      ],
      programs: [],
    },
    [...LISTING, CALL],
  ],
  // The last one, for the board is not known any more without its text then.
  [
    ['update-task', 'TASK-001', '--priority', 'high'],
    {
      packages: OCLIF,
      services: ['fitting', 'host', 'project', 'tasks', 'terminals'],
      heavy: [],
      files: [
        ...[...PROGRAM, ...REPOSITORY, ...BOARD],
        'PROGRAM/dist/bundle/late/yaml.cjs',
        'REPO/.codex/board',
        'REPO/.codex/board/.tmp-tasks.yaml-…',
        'REPO/.codex/handoffs',
        'REPO/.codex/logs/orchestrator.jsonl',
        'REPO/.git/codex-planner',
        'REPO/.git/codex-planner/.tmp-index-board-tasks.json-…',
        'REPO/.git/codex-planner/good/tasks.yaml',
        'REPO/.git/codex-planner/good/tasks.yaml/.tmp-latest-…',
        'REPO/.git/codex-planner/intents',
        'REPO/.git/codex-planner/lock.db',
        'REPO/.git/codex-planner/lock.db-journal',
      ],
      programs: [],
    },
  ],
]

describe('what is loaded by', () => {
  let machine: Machine
  let copy: string
  let repo: string

  before(async () => {
    machine = await makeMachine()
    copy = path.join(machine.folder, 'program')
    await mkdir(copy)
    for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
      await cp(path.join(checkout, name), path.join(copy, name), {recursive: true})
    await symlink(path.join(checkout, 'node_modules'), path.join(copy, 'node_modules'))
    repo = await machine.repository('repo')
    await machine.json(['init'], {cwd: repo})
    await machine.json(['create-task', 'One'], {cwd: repo})
    // Who reads the board when its files have stood for longer than a tick of any clock spares the others that.
    await delay(3000)
    await machine.json(['list-tasks'], {cwd: repo})
    const bundle = path.join(copy, 'dist', 'bundle')
    const parts = (await readdir(bundle)).filter(name => name.endsWith('.cjs') && name !== 'start.cjs')
    for (const file of parts.map(name => path.join(bundle, name)))
      await writeFile(file, notingModules(await readFile(file, 'utf8')))
  })
  after(() => machine.close())

  async function loadsOf(argv: string[], input: object[] = []): Promise<Loads> {
    const notes = path.join(machine.folder, 'notes')
    const trace = path.join(machine.folder, 'trace')
    await writeFile(notes, '')
    const call = {
      cwd: repo,
      env: {...machine.env, CODEX_PLANNER_CACHE_DIR: undefined, NOTES: notes},
      input: input.map(line => `${JSON.stringify(line)}\n`).join(''),
    }
    const program = [process.execPath, path.join(copy, 'bin', 'run.js'), ...argv]
    // The first call keeps what it has compiled.
    await runProgram('/usr/bin/env', program, call)
    const opened = await traced(program, 'openat,execve', trace, call)
    const parts = [...new Set((await readFile(notes, 'utf8')).split('\n'))]
    const files = opened.flatMap(line => /openat\(AT_FDCWD, "([^"]+)"/.exec(line)?.[1] ?? [])
    const [own] = opened[0]?.split(' ') ?? []
    // Waiting for a thread takes longer than a small operation itself.
    const byThreads = opened.filter(line => line.includes(`"${repo}/`) && !line.startsWith(`${own} `))
    expect(byThreads).to.deep.equal([])
    const started = opened.flatMap(line => /execve\("([^"]+)"/.exec(line)?.[1] ?? []).slice(1)
    const packages = parts.flatMap(part => /^(?:other-part:)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(part)?.[1] ?? [])
    return {
      packages: sorted(packages),
      heavy: HEAVY.filter(name => parts.includes(`NativeModule ${name}`)),
      services: sorted(parts.flatMap(part => /^src\/services\/(.+)\.ts$/.exec(part)?.[1] ?? [])),
      files: sorted(files.flatMap(shownFile)),
      programs: started.map(file => path.basename(file)),
    }
  }

  function shownFile(file: string): string[] {
    const places = {PROGRAM: copy, REPO: repo, HOME: machine.home}
    const [name, folder] = Object.entries(places).find(([, folder]) => file.startsWith(`${folder}${path.sep}`)) ?? []
    if (name === undefined || folder === undefined) return []
    const shown = `${name}/${path.relative(folder, file)}`
    return [shown.replace(/\/code\/[^/]+\/[\da-f]+$/, '/code/…').replace(/\/(\.tmp-.*)-[\da-f]+$/, '/$1-…')]
  }

  for (const [argv, loads, input] of CASES) {
    it(input?.includes(CALL) ? `${argv.join(' ')}, and a call` : argv.join(' '), async function () {
      if (!mayTrace()) this.skip()
      const {services, heavy, ...others} = await loadsOf(argv, input)
      expect({
        ...(loads.services === undefined ? {} : {services}),
        ...(loads.heavy === undefined ? {} : {heavy}),
        ...others,
      }).to.deep.equal({
        ...loads,
        packages: sorted(loads.packages),
        files: sorted(loads.files),
      })
    })
  }
})

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted()
}
