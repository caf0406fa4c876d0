import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import {environmentFile, passedOn, type SessionScript, sessionScript} from '../../src/domain/session-script.ts'
import {identify} from '../../src/system/process.ts'
import {processGroup} from '../support/process-group.ts'
import {eventually} from '../support/world.ts'
import {character} from './examples.ts'

/** Stands where Codex would: records what it was given, then does what the test wants. */
const RECORDER = `#!/bin/sh
printf '%s\\000' "$@" >"$RECORD/argv"
env -0 >"$RECORD/env"
pwd >"$RECORD/cwd"
. "$RECORD/then"
`
/** Tells who it is, then stays. */
const STAY = 'echo $$ >"$RECORD/pid.tmp" && mv "$RECORD/pid.tmp" "$RECORD/pid" && exec sleep 120'

interface Start {
  run: string
  record: string
  script: string
  text: string
}

let scratch: string
let recorder: string
const started: ChildProcess[] = []

/** A start in a folder of its own, as it would be written for a session. */
function aStart({
  env = {},
  does = 'exit 0',
  ...fields
}: Partial<SessionScript> & {env?: Record<string, string>; does?: string} = {}): Start {
  const folder = mkdtempSync(path.join(scratch, `it's $(a) "run" `))
  const run = path.join(folder, 'run')
  const record = path.join(folder, 'record')
  for (const made of [run, record]) mkdirSync(made)
  const text = sessionScript({
    session: 'worker-task-001',
    run: 'worker-task-001-ab12',
    project: 'shop-0a1b2c3d',
    folder: run,
    cwd: folder,
    shimFolder: '/opt/shim',
    codex: [recorder, 'one'],
    promptFile: null,
    report: ['/bin/sh', '-c', 'cat "$1" >"$2"', 'report', path.join(run, 'exit'), path.join(record, 'reported')],
    ...fields,
    identity: {RECORD: record, ...fields.identity},
  })
  const script = path.join(run, 'run.sh')
  writeFileSync(script, text)
  writeFileSync(path.join(run, 'env'), environmentFile(env))
  writeFileSync(path.join(record, 'then'), `${does}\n`)
  return {run, record, script, text}
}

const bare = {PATH: '/usr/local/bin:/usr/bin:/bin'}

/** Runs a start to its end. */
function runToEnd(start: Start, shell: readonly string[] = ['/bin/sh'], env: Record<string, string> = bare) {
  const [program = '', ...options] = shell
  return spawnSync(program, [...options, start.script], {env, encoding: 'utf8', timeout: 30_000})
}

/** Runs a start as the leader of a process group of its own, as in a terminal, until its Codex stays. */
async function runAlone(
  start: Start,
  shell = '/bin/sh',
): Promise<{child: ChildProcess; pid: number; codex: number; ended: Promise<unknown[]>}> {
  const child = spawn(shell, [start.script], {env: bare, detached: true, stdio: 'ignore'})
  started.push(child)
  const ended = once(child, 'exit')
  const codex = Number(await eventually('Codex to be started', async () => recorded(start, 'pid')))
  return {child, pid: child.pid ?? 0, codex, ended}
}

function recorded({record}: Start, name: string): string | undefined {
  const file = path.join(record, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function argvOf(start: Start): string[] {
  return (recorded(start, 'argv') ?? '').split('\0').slice(0, -1)
}

function environmentOf(start: Start): Map<string, string> {
  const entries = (recorded(start, 'env') ?? '').split('\0').slice(0, -1)
  return new Map(entries.map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
}

function exitOf({run}: Start): string | undefined {
  const file = path.join(run, 'exit')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n')[0] : undefined
}

const anyWord = fc.oneof(
  fc.string({unit: 'binary'}).map(text => text.toWellFormed().replaceAll(character(0), '')),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\n',
      '$',
      '(',
      ')',
      '`',
      '-',
      '\\',
      ' ',
      '!',
      '#',
      '{',
      '}',
      'x',
      '👍',
      character(0x7f),
      '\r',
    ),
  }),
)

describe('the script of a session', () => {
  before(() => {
    scratch = mkdtempSync(path.join(tmpdir(), 'session-script-'))
    recorder = path.join(scratch, 'codex')
    writeFileSync(recorder, RECORDER, {mode: 0o755})
  })

  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  after(() => rmSync(scratch, {recursive: true, force: true}))

  for (const check of [
    ['dash', '-n'],
    ['bash', '--posix', '-n'],
  ]) {
    it(`is well-formed for ${check[0]}, whatever its folders are called (F-087)`, () => {
      const start = aStart({cwd: "/srv/it's\n`x`", promptFile: '/srv/$(x)', identity: {A: "'"}})
      expect(runToEnd(start, check)).to.include({status: 0, stderr: ''})
    })
  }

  for (const shell of [['/bin/sh'], ['bash', '--posix']]) {
    describe(`run by ${shell.join(' ')}`, () => {
      it('gives Codex its arguments to the letter, in its folder, and leaves the code it ended with', () => {
        const codex = [recorder, '-c', 'x={"a b"=1}', '', "it's", '$(touch x)', '`x`', '*', 'a\nb\n', '--', '-']
        const start = aStart({codex, does: 'exit 7'})
        expect(runToEnd(start, shell).status).to.equal(7)
        expect(argvOf(start)).to.deep.equal(codex.slice(1))
        expect(recorded(start, 'cwd')).to.equal(`${path.dirname(start.run)}\n`)
        expect(readFileSync(path.join(start.run, 'exit'), 'utf8')).to.match(
          /^code=7\nat=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
        )
      })

      it('brings over the environment of whoever asked, whatever a shell thinks of the names', () => {
        const names = [
          'OPTIND',
          'OPTARG',
          'BASH_VERSINFO',
          'BASH_COMPAT',
          'MAILCHECK',
          'LINENO',
          'RANDOM',
          'GROUPS',
          'UID',
          'PPID',
          'IFS',
          'SHELLOPTS',
          'LC_ALL',
          'CDPATH',
        ]
        const env = {...Object.fromEntries(names.map(name => [name, 'no number'])), MY_VALUE: "it's\n$(x) `y` \\"}
        const start = aStart({env})
        expect(runToEnd(start, shell)).to.include({status: 0})
        expect(environmentOf(start).get('MY_VALUE')).to.equal(env.MY_VALUE)
      })
    })
  }

  it('gives Codex any text as an argument, byte for byte (A-013)', () => {
    fc.assert(
      fc.property(fc.array(anyWord, {minLength: 1, maxLength: 4}), words => {
        const start = aStart({codex: [recorder, ...words]})
        expect(runToEnd(start).status).to.equal(0)
        expect(argvOf(start)).to.deep.equal(words)
      }),
      {numRuns: 60},
    )
  })

  it('is refused with NUL, which no program can be given', () => {
    expect(() => aStart({codex: [recorder, `a${character(0)}`]})).to.throw(RangeError)
    expect(() => aStart({identity: {X: character(0)}})).to.throw(RangeError)
    expect(() => environmentFile({X: character(0)})).to.throw(RangeError)
  })

  it('gives Codex the prompt as its last argument, but for line feeds at its end', () => {
    const prompt = '# It\'s\n\n$(touch x) `y` "z" \\ $HOME 👍\n\n- end'
    const file = path.join(scratch, "prompt's $(x).md")
    writeFileSync(file, `${prompt}\n\n`)
    const start = aStart({promptFile: file, codex: [recorder, '--']})
    runToEnd(start)
    expect(argvOf(start)).to.deep.equal(['--', prompt])
  })

  it('gives Codex a prompt as long as one argument may be', () => {
    const file = path.join(scratch, 'long.md')
    writeFileSync(file, `${'x'.repeat(99_999)}!`)
    const start = aStart({promptFile: file, codex: [recorder]})
    expect(runToEnd(start).status).to.equal(0)
    expect(argvOf(start)).to.deep.equal([`${'x'.repeat(99_999)}!`])
  })

  it('gives Codex no argument more when there is no prompt', () => {
    const start = aStart({codex: [recorder, 'resume', 'id']})
    runToEnd(start)
    expect(argvOf(start)).to.deep.equal(['resume', 'id'])
  })

  it('brings over any value of a variable, byte for byte', () => {
    const env = fc.dictionary(fc.stringMatching(/^V_[A-Za-z0-9_]{0,8}$/), anyWord, {maxKeys: 4})
    fc.assert(
      fc.property(env, env => {
        const start = aStart({env})
        expect(runToEnd(start).status).to.equal(0)
        const found = environmentOf(start)
        expect(Object.keys(env).map(name => [name, found.get(name)])).to.deep.equal(Object.entries(env))
      }),
      {numRuns: 40},
    )
  })

  it('reads the environment once and removes the file, which may hold secrets', () => {
    const start = aStart({env: {API_KEY: 'sk-4711'}})
    runToEnd(start)
    expect(existsSync(path.join(start.run, 'env'))).to.equal(false)
    expect(environmentOf(start).get('API_KEY')).to.equal('sk-4711')
    expect(start.text).not.to.include('sk-4711')
  })

  it('starts without such a file too', () => {
    const start = aStart()
    rmSync(path.join(start.run, 'env'))
    expect(runToEnd(start).status).to.equal(0)
  })

  it('tells everything inside who it is, whatever the environment said', () => {
    const identity = {
      CODEX_ORCHESTRATOR_ROLE: 'worker',
      CODEX_ORCHESTRATOR_SESSION: 'worker-task-001',
      CODEX_ORCHESTRATOR_PROJECT: "/srv/it's",
    }
    const start = aStart({env: {CODEX_ORCHESTRATOR_ROLE: 'operator', PATH: '/usr/bin:/bin'}, identity})
    runToEnd(start, ['/bin/sh'], {...bare, CODEX_ORCHESTRATOR_ROLE: 'planner'})
    const found = environmentOf(start)
    for (const [name, value] of Object.entries(identity)) expect(found.get(name)).to.equal(value)
    expect(found.get('PATH')).to.equal('/opt/shim:/usr/bin:/bin')
  })

  for (const name of ['sh', 'sh) R 1 2']) {
    it(`says hello with what the machine knows of it, when it is called ${JSON.stringify(name)} there (F-105)`, async () => {
      const shell = path.join(scratch, name)
      if (!existsSync(shell)) symlinkSync('/bin/sh', shell)
      const start = aStart({does: STAY})
      const {pid, codex} = await runAlone(start, shell)
      const {started, boot, pidns} = identify(pid)
      expect(readFileSync(path.join(start.run, 'hello'), 'utf8')).to.equal(
        `pid=${pid}\npgid=${pid}\nstarted=${started}\nboot=${boot}\npidns=${pidns}\nrun=worker-task-001-ab12\nproject=shop-0a1b2c3d\n`,
      )
      expect(started).to.be.a('number')
      expect(processGroup(codex), 'Codex stays in the group of its terminal').to.equal(pid)
      process.kill(-pid, 'SIGKILL')
    })
  }

  for (const code of [0, 7, 255]) {
    it(`ends with ${code} as Codex did, reports it after it is on record, and only then`, () => {
      const start = aStart({does: `test ! -e "$RECORD/reported" || exit 99; exit ${code}`})
      expect(runToEnd(start).status).to.equal(code)
      expect(exitOf(start)).to.equal(`code=${code}`)
      expect(recorded(start, 'reported')).to.equal(readFileSync(path.join(start.run, 'exit'), 'utf8'))
    })
  }

  it('outlives a SIGTERM to its group, and leaves and reports 143', async () => {
    const start = aStart({does: STAY})
    const {pid, ended} = await runAlone(start)
    process.kill(-pid, 'SIGTERM')
    expect(await ended).to.deep.equal([143, null])
    expect(exitOf(start)).to.equal('code=143')
    expect(recorded(start, 'reported')).to.match(/^code=143\n/)
  })

  it('outlives an interrupt, which is for Codex', async () => {
    const start = aStart({does: `trap 'exit 3' INT; ${STAY.replace('exec sleep 120', 'while :; do sleep 0.1; done')}`})
    const {pid, ended} = await runAlone(start)
    process.kill(-pid, 'SIGINT')
    expect(await ended).to.deep.equal([3, null])
    expect(exitOf(start)).to.equal('code=3')
  })

  it('leaves and reports 137 when Codex is killed', async () => {
    const start = aStart({does: STAY})
    const {codex, ended} = await runAlone(start)
    process.kill(codex, 'SIGKILL')
    expect(await ended).to.deep.equal([137, null])
    expect(exitOf(start)).to.equal('code=137')
    expect(recorded(start, 'reported')).to.match(/^code=137\n/)
  })

  it('dies of a hang-up together with Codex, and leaves no record', async () => {
    const start = aStart({does: STAY})
    const {pid, codex, ended} = await runAlone(start)
    process.kill(-pid, 'SIGHUP')
    expect(await ended).to.deep.equal([null, 'SIGHUP'])
    await eventually('Codex to be gone', async () => !existsSync(`/proc/${codex}`))
    expect(exitOf(start)).to.equal(undefined)
    expect(recorded(start, 'reported')).to.equal(undefined)
  })

  it('dies of a hang-up that reaches only itself', async () => {
    const start = aStart({does: STAY})
    const {pid, codex, ended} = await runAlone(start)
    process.kill(pid, 'SIGHUP')
    expect(await ended).to.deep.equal([null, 'SIGHUP'])
    process.kill(codex, 'SIGKILL')
  })

  it('starts nothing the second time', () => {
    const start = aStart()
    runToEnd(start)
    rmSync(path.join(start.record, 'argv'))
    const again = runToEnd(start)
    expect(again).to.include({
      status: 75,
      stdout: 'codex-planner: this start was taken back. Nothing is started.\n',
      stderr: '',
    })
    expect(recorded(start, 'argv')).to.equal(undefined)
  })

  it('starts nothing when the start was taken back before, and leaves the claim as it is', () => {
    const start = aStart()
    writeFileSync(path.join(start.run, 'claim'), 'repair\n')
    expect(runToEnd(start).status).to.equal(75)
    expect(recorded(start, 'argv')).to.equal(undefined)
    expect(existsSync(path.join(start.run, 'hello'))).to.equal(false)
    expect(exitOf(start)).to.equal(undefined)
    expect(readFileSync(path.join(start.run, 'claim'), 'utf8')).to.equal('repair\n')
  })

  it('starts once when it is run five times at once', async () => {
    const start = aStart({does: 'echo x >>"$RECORD/times"; exit 0'})
    const codes = await Promise.all(
      Array.from({length: 5}, async () => {
        const child = spawn('/bin/sh', [start.script], {env: bare, stdio: 'ignore'})
        started.push(child)
        const [code] = (await once(child, 'exit')) as [number]
        return code
      }),
    )
    expect(codes.toSorted((a, b) => a - b)).to.deep.equal([0, 75, 75, 75, 75])
    expect(recorded(start, 'times')).to.equal('x\n')
  })

  it('starts nothing in a folder that is gone, and leaves and reports 78', () => {
    const start = aStart({cwd: path.join(scratch, 'gone')})
    expect(runToEnd(start).status).to.equal(78)
    expect(recorded(start, 'argv')).to.equal(undefined)
    expect(recorded(start, 'reported')).to.match(/^code=78\n/)
  })

  it('leaves 127 when there is no Codex', () => {
    const start = aStart({codex: [path.join(scratch, 'no-codex')]})
    expect(runToEnd(start).status).to.equal(127)
    expect(exitOf(start)).to.equal('code=127')
  })
})

describe('the environment that a session takes over', () => {
  const kept = [
    'PATH',
    'HOME',
    'LANG',
    'LC_ALL',
    'SHELL',
    'EDITOR',
    'SSH_AUTH_SOCK',
    'DISPLAY',
    'CODEX_HOME',
    'OPENAI_API_KEY',
    'XDG_STATE_HOME',
    'GIT_EDITOR',
    'GIT_AUTHOR_NAME',
    'GIT_SSH_COMMAND',
    'CODEX_ORCHESTRATOR_CONFIG',
    '_x',
    'a1',
    'HTTPS_PROXY',
    'npmrc',
    'TERMINAL',
    'XGIT_DIR',
  ]
  for (const name of kept) it(`has ${name}`, () => expect(passedOn({[name]: 'x'})).to.deep.equal([name]))

  const DROPPED: [why: string, names: string[]][] = [
    ['makes Node load code (A-089)', ['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_UNIQUE_ID', 'NODE_V8_COVERAGE']],
    [
      'points Git at another repository (F-090)',
      [
        'GIT_DIR',
        'GIT_WORK_TREE',
        'GIT_INDEX_FILE',
        'GIT_COMMON_DIR',
        'GIT_OBJECT_DIRECTORY',
        'GIT_GRAFT_FILE',
        'GIT_CONFIG_COUNT',
        'GIT_CONFIG_KEY_0',
        'GIT_CONFIG_PARAMETERS',
      ],
    ],
    [
      'belongs to another terminal',
      [
        ...['TERM', 'TMUX', 'TMUX_PANE', 'STY', 'WINDOWID', 'COLUMNS', 'LINES', 'COLORTERM', 'TERM_PROGRAM'],
        ...['GNOME_TERMINAL_SCREEN', 'GNOME_TERMINAL_SERVICE', 'VTE_VERSION'],
        ...['XTERM_LOCALE', 'XTERM_SHELL', 'XTERM_VERSION', 'KITTY_LISTEN_ON', 'KITTY_PUBLIC_KEY', 'TERMINFO'],
        ...['ALACRITTY_SOCKET', 'KONSOLE_DBUS_SESSION', 'PROFILEHOME', 'SHELL_SESSION_ID', 'COLORFGBG', 'WEZTERM_PANE'],
      ],
    ],
    ['belongs to an npm script', ['npm_config_registry', 'npm_lifecycle_event', 'INIT_CWD']],
    [
      'a shell keeps for itself',
      [
        '_',
        'PWD',
        'OLDPWD',
        'SHLVL',
        'IFS',
        'PPID',
        'UID',
        'EUID',
        'PS4',
        'SHELLOPTS',
        'BASHOPTS',
        'OPTIND',
        'BASH_VERSINFO',
      ],
    ],
    ['makes a shell load code', ['ENV', 'BASH_ENV', 'BASH_FUNC_x%%', 'BASH_FUNC_which']],
    [
      'says who another session is',
      [
        'CODEX_ORCHESTRATOR_ROLE',
        'CODEX_ORCHESTRATOR_SESSION',
        'CODEX_ORCHESTRATOR_PROJECT',
        'CODEX_ORCHESTRATOR_RUN',
        'CODEX_ORCHESTRATOR_CLI',
        'CODEX_THREAD_ID',
        'CODEX_SESSION_ID',
        'CODEX_CI',
        'CODEX_VERSION',
      ],
    ],
    [
      'is no name of a variable',
      ['', '1A', 'a-b', 'a.b', 'a b', 'a\nb', '$(x)', 'ProgramFiles(x86)', 'é', 'A=B', 'x;y'],
    ],
  ]
  for (const [why, names] of DROPPED) {
    it(`lacks what ${why}`, () =>
      expect(passedOn(Object.fromEntries(names.map(name => [name, 'x'])))).to.deep.equal([]))
  }

  it('lacks every variable that Git itself calls local to a repository (F-090)', () => {
    const local = spawnSync('git', ['rev-parse', '--local-env-vars'], {encoding: 'utf8'}).stdout.trim().split('\n')
    expect(local).to.include('GIT_DIR')
    expect(passedOn(Object.fromEntries(local.map(name => [name, 'x'])))).to.deep.equal([])
  })

  it('is written in the order of names, quoted, without what is not set', () => {
    expect(environmentFile({B: "it's", A: 'x\n$(y)', C: undefined, TMUX: 'z', D: ''})).to.equal(
      `export A='x\n$(y)'\nexport B='it'\\''s'\nexport D=''\n`,
    )
    expect(passedOn({C: undefined})).to.deep.equal([])
  })
})
