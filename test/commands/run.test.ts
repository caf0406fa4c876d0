import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {chmod, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {identify, signalGroup} from '../../src/system/process.ts'
import {eventually} from '../support/world.ts'
import {ranBefore} from './lease-history.ts'
import {type Machine, makeMachine, program, type RunOptions} from './machine.ts'

interface Listed {
  leases: {id: string; purpose: string; session: string; holder: string; process: string}[]
  queue: {purpose: string; session: string}[]
}

/** One call of `run` that goes on. */
interface Running {
  child: ChildProcess
  told(): string
  said(): string
  ended: Promise<{code: number | null; signal: string | null}>
}

const NOT_STARTED = 'codex-planner: not started\n'

describe('codex-planner run', () => {
  let machine: Machine
  let root: string
  let state: string
  const begun: Running[] = []
  const strays: number[] = []

  beforeEach(async () => {
    machine = await makeMachine()
    machine.env.CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES = '1'
    root = await machine.repository('shop')
    state = path.join(machine.home, 'state', 'codex-orchestrator', 'leases.yaml')
  })
  afterEach(async () => {
    for (const {child, ended} of begun.splice(0)) {
      child.kill('SIGKILL')
      await ended
    }
    for (const pid of strays.splice(0)) signalGroup(pid, 'SIGKILL')
    await machine.close()
  })

  const run = (argv: string[], options: RunOptions = {}) =>
    machine.run(['run', '--purpose', 'test', '--', ...argv], {cwd: root, ...options})

  function begin(
    argv: string[],
    {cwd = root, env = {}, purpose = 'test'}: {cwd?: string; env?: NodeJS.ProcessEnv; purpose?: string} = {},
  ): Running {
    const child = spawn(process.execPath, [program, 'run', '--purpose', purpose, '--', ...argv], {
      cwd,
      env: {...machine.env, ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const parts = {stdout: '', stderr: ''}
    child.stdout.setEncoding('utf8').on('data', text => (parts.stdout += text))
    child.stderr.setEncoding('utf8').on('data', text => (parts.stderr += text))
    const ended = once(child, 'exit').then(([code, signal]) => ({code, signal}))
    const running = {child, told: () => parts.stderr, said: () => parts.stdout, ended}
    begun.push(running)
    return running
  }

  /** Begins a command that says its process number, and waits until that is known. */
  async function began(script: string, options: Parameters<typeof begin>[1] = {}): Promise<Running & {pid: number}> {
    const running = begin(['sh', '-c', `echo "pid $$"; ${script}`], options)
    const pid = await eventually(
      'the command to start',
      async () => Number(/pid (\d+)\n/.exec(running.said())?.[1]) || false,
    )
    strays.push(pid)
    return {...running, pid}
  }

  const listed = () => machine.json<Listed>(['list-leases'], {cwd: root})
  const holding = async () => (await listed()).leases.map(({purpose}) => purpose)
  const ends = (running: Running) => running.ended

  /** Its record has the process of the command. */
  async function recorded(pid: number): Promise<void> {
    await eventually('the record of the command', async () => (await readFile(state, 'utf8')).includes(`pid: ${pid}\n`))
  }

  const codes: [what: string, argv: string[], code: number][] = [
    ['0', ['true'], 0],
    ['7', ['sh', '-c', 'exit 7'], 7],
    ['3', ['sh', '-c', 'exit 3'], 3],
    ['128 and the number of a signal that ended it', ['sh', '-c', 'kill -KILL $$'], 137],
  ]
  for (const [what, argv, code] of codes) {
    it(`ends with the code of its command: ${what}`, async () => {
      expect(await run(argv)).to.deep.equal({code, signal: null, stdout: '', stderr: ''})
      expect(await listed()).to.deep.equal({leases: [], queue: [], next_cursor: null})
    })
  }

  it('leaves input, output and errors to the command, byte for byte', async () => {
    const input = `${'0123456789abcdef'.repeat(65_536)}\u0000end`
    const ran = await run(['sh', '-c', 'echo to stderr >&2; cat'], {input})
    expect(ran.stdout === input).to.equal(true)
    expect(ran.stderr).to.equal('to stderr\n')
  })

  it('passes the command’s own words on as they are, flags and repeats too', async () => {
    const words = ['a', 'b', 'a', '--json', '--purpose', '--', '-h', '', '$HOME', '*', "'"]
    const ran = await run(['node', '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words], {
      env: {PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`},
    })
    expect(JSON.parse(ran.stdout)).to.deep.equal(words)
  })

  it('holds a lease while the command runs, by itself and by the command', async () => {
    const {pid} = await began('sleep 600')
    await recorded(pid)
    const {leases} = await listed()
    expect(leases).to.have.length(1)
    expect(leases[0]).to.include({purpose: 'test', session: 'operator', holder: 'command', process: 'alive'})
    expect((await machine.run(['list-leases'], {cwd: root})).stdout).to.match(/\n\S+ {2}runs {3}operator/)
  })

  it('waits its turn, says so once, and starts as soon as the one before ends', async () => {
    const first = await began('read _ </dev/null; while ! [ -e go ]; do sleep 0.1; done', {purpose: 'first'})
    const second = begin(['echo', 'my turn'], {purpose: 'second'})
    await eventually('the wait', async () => second.told() !== '')
    expect(second.told()).to.equal(
      'codex-planner: waits for a heavy lease at place 1. The one heavy lease of this host is held. Asks again in 30 s at the latest.\n',
    )
    const {leases, queue} = await listed()
    expect([leases, queue].map(list => list.map(({purpose}) => purpose))).to.deep.equal([['first'], ['second']])
    await writeFile(path.join(root, 'go'), '')
    expect((await ends(first)).code).to.equal(0)
    expect(await ends(second)).to.deep.equal({code: 0, signal: null})
    expect(second.said()).to.equal('my turn\n')
    expect(second.told().split('\n')).to.have.length(2)
  })

  it('says how long the wait may be, as an estimate', async () => {
    await ranBefore(state, 7200)
    await began('sleep 600', {purpose: 'first'})
    const second = begin(['true'], {purpose: 'second'})
    await eventually('the wait', async () => second.told() !== '')
    expect(second.told()).to.equal(
      'codex-planner: waits for a heavy lease at place 1. The one heavy lease of this host is held. Its turn is expected in about 2 h, an estimate from how long commands took before. Asks again in 30 s at the latest.\n',
    )
  })

  it('leaves behind since when its command ran, for the estimate of the next', async () => {
    await run(['true'])
    expect(await readFile(state, 'utf8')).to.match(/\nleases: \[\]\n[^]*\nended:\n[^]* taken_at: "?2\d{3}-/)
  })

  it('keeps two commands with the same words apart', async () => {
    await began('sleep 600')
    const second = begin(['echo', 'my turn'])
    await eventually('the wait', async () => second.told().includes('at place 1'))
    expect(second.said()).to.equal('')
  })

  it('waits across repositories', async () => {
    await began('sleep 600')
    const other = begin(['true'], {cwd: await machine.repository('other')})
    await eventually('the wait', async () => other.told().includes('at place 1'))
  })

  it('leaves the queue when it is told to end while it waits, and says that nothing was started', async () => {
    await began('sleep 600', {purpose: 'first'})
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
      const second = begin(['touch', 'started'], {purpose: 'second'})
      await eventually('the wait', async () => second.told() !== '')
      second.child.kill(signal)
      expect(await ends(second)).to.deep.equal({code: 3, signal: null})
      expect(second.told()).to.include(`    Error: The wait for a heavy lease was ended by ${signal}.\n`)
      expect(second.told().endsWith(NOT_STARTED)).to.equal(true)
      expect(await readFile(state, 'utf8')).to.include('\nqueue: []\n')
    }
    expect(existsSync(path.join(root, 'started'))).to.equal(false)
  })

  it('gives its place up when it is killed while it waits (F-025)', async () => {
    await began('sleep 600', {purpose: 'first'})
    const second = begin(['true'], {purpose: 'second'})
    await eventually('the wait', async () => second.told() !== '')
    second.child.kill('SIGKILL')
    await ends(second)
    expect((await listed()).queue).to.deep.equal([])
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    it(`hands ${signal} on to the command and what it started, and ends as it ends`, async () => {
      const name = signal.slice(3)
      // A shell has what it starts in the background ignore INT and QUIT.
      const inner = `trap "echo inner >>heard; exit" ${name}; echo ready; while :; do sleep 0.05; done`
      const running = await began(`trap : ${name}; sh -c '${inner}'; exit 9`)
      await eventually('the inner one', async () => running.said().includes('ready'))
      running.child.kill(signal)
      expect(await ends(running)).to.deep.equal({code: 9, signal: null})
      expect(await readFile(path.join(root, 'heard'), 'utf8')).to.equal('inner\n')
      expect(await holding()).to.deep.equal([])
    })
  }

  it('frees its lease when it and its command are killed', async () => {
    const running = await began('exec sleep 600')
    await recorded(running.pid)
    running.child.kill('SIGKILL')
    process.kill(running.pid, 'SIGKILL')
    await ends(running)
    expect(await holding()).to.deep.equal([])
    expect((await run(['echo', 'next'])).stdout).to.equal('next\n')
  })

  it('ends its command and frees its lease when only it is killed', async () => {
    const running = await began('trap "sleep 1; touch asked; exit" TERM; echo ready; while :; do sleep 0.05; done')
    await eventually('the trap', async () => running.said().includes('ready'))
    await recorded(running.pid)
    running.child.kill('SIGKILL')
    await ends(running)
    // Its command still has a moment to end.
    expect(await holding()).to.deep.equal(['test'])
    await eventually('the end of the command', async () => identify(running.pid).started === null)
    expect(existsSync(path.join(root, 'asked'))).to.equal(true)
    expect(await holding()).to.deep.equal([])
  })

  it('keeps its lease while its command has yet to end, also when it was killed before it noted that process', async () => {
    const running = await began('trap "" TERM; echo ready; while ! [ -e go ]; do sleep 0.05; done')
    await eventually('the trap', async () => running.said().includes('ready'))
    await recorded(running.pid)
    running.child.kill('SIGKILL')
    await ends(running)
    const text = await readFile(state, 'utf8')
    await writeFile(state, text.replace(/child:\n(?: {8}.*\n)+/, 'child: null\n'))
    expect(await readFile(state, 'utf8')).to.include('child: null')
    expect(await holding()).to.deep.equal(['test'])
    await writeFile(path.join(root, 'go'), '')
    await eventually('the end of the command', async () => identify(running.pid).started === null)
    expect(await holding()).to.deep.equal([])
  })

  it('ends with its command when that is killed', async () => {
    const running = await began('exec sleep 600')
    process.kill(running.pid, 'SIGKILL')
    expect(await ends(running)).to.deep.equal({code: 137, signal: null})
    expect(await holding()).to.deep.equal([])
  })

  it('ends the command when its lease is released by somebody', async () => {
    const running = await began('sleep 600 & echo "inner $!"; wait')
    const inner = Number(/inner (\d+)/.exec(running.said())?.[1])
    await recorded(running.pid)
    const [lease] = (await listed()).leases
    await machine.json(['release-lease', lease?.id ?? ''], {cwd: root})
    expect(await ends(running)).to.deep.equal({code: 143, signal: null})
    expect(running.told()).to.equal(
      `codex-planner: The lease ${lease?.id} is over (released), so the command is ended.\n`,
    )
    expect(identify(inner).started).to.equal(null)
  })

  it('kills a command that does not end when its lease is gone', async function () {
    this.timeout(90_000)
    const running = await began(`trap '' TERM; while :; do sleep 1; done`)
    await recorded(running.pid)
    const [lease] = (await listed()).leases
    await machine.json(['release-lease', lease?.id ?? ''], {cwd: root})
    expect(await ends(running)).to.deep.equal({code: 137, signal: null})
  })

  it('goes on, and is in the registry again, when somebody takes the registry away', async () => {
    const running = await began('sleep 600')
    await recorded(running.pid)
    const [lease] = (await listed()).leases
    await writeFile(state, (await readFile(state, 'utf8')).replace(/leases:\n(?: .*\n)+/, 'leases: []\n'))
    await eventually('its return', async () => (await listed()).leases[0]?.id === lease?.id)
    expect(running.child.exitCode).to.equal(null)
  })

  it('goes on, and says so once, when the registry is damaged meanwhile', async () => {
    const running = await began('while ! [ -e go ]; do sleep 0.1; done; exit 5')
    await recorded(running.pid)
    await writeFile(state, '{')
    await eventually('the sentence', async () => running.told() !== '')
    await writeFile(path.join(root, 'go'), '')
    expect((await ends(running)).code).to.equal(5)
    const lines = running.told().trim().split('\n')
    expect(lines).to.have.length(2)
    expect(lines[0]).to.match(/^codex-planner: The lease HEAVY-\w{8} cannot be looked at now: /)
    expect(lines[1]).to.match(/^codex-planner: The lease HEAVY-\w{8} was not released, and ends with this process: /)
  })

  it('renews its lease while the command runs', async () => {
    const running = await began('sleep 600', {env: {CODEX_ORCHESTRATOR_LEASE_TTL_SECONDS: '10'}})
    await recorded(running.pid)
    const renewedAt = async () => /renewed_at: (.*)/.exec(await readFile(state, 'utf8'))?.[1]
    const before = await renewedAt()
    await eventually('the renewal', async () => (await renewedAt()) !== before)
  })

  it('runs at once inside a command that has a lease, which would wait for itself', async () => {
    const inner = [process.execPath, program, 'run', '--purpose', 'inner', '--', 'echo', 'within']
    const ran = await run(inner)
    expect(ran).to.include({code: 0, stdout: 'within\n', stderr: ''})
    const forged = await run(['true'], {env: {CODEX_ORCHESTRATOR_LEASE: 'HEAVY-00000000'}})
    expect(forged.code).to.equal(0)
    await began('sleep 600')
    const outside = begin(['true'], {env: {CODEX_ORCHESTRATOR_LEASE: 'HEAVY-00000000'}})
    await eventually('the wait', async () => outside.told().includes('at place 1'))
  })

  it('says 127 for a command that is not there, and takes no lease', async () => {
    await began('sleep 600')
    expect(await run(['no-such-command'])).to.deep.equal({
      code: 127,
      signal: null,
      stdout: '',
      stderr: 'codex-planner: no-such-command was not found.\n',
    })
  })

  it('says 126 for a file that is no program', async () => {
    const file = path.join(root, 'notes.txt')
    await writeFile(file, 'x')
    expect(await run([file])).to.include({code: 126, stderr: `codex-planner: ${file} cannot be started (EACCES).\n`})
    expect(await holding()).to.deep.equal([])
  })

  const unsafe: [what: string, prepare: () => Promise<NodeJS.ProcessEnv>, told: string][] = [
    [
      'a registry that everybody may write (A-096)',
      async () => {
        await run(['true'])
        await chmod(state, 0o666)
        return {}
      },
      'is writable by every user',
    ],
    [
      'a state folder that cannot be made (F-096)',
      async () => {
        await writeFile(path.join(machine.home, 'a-file'), '')
        return {XDG_STATE_HOME: path.join(machine.home, 'a-file')}
      },
      'cannot be made',
    ],
  ]
  for (const [what, prepare, told] of unsafe) {
    it(`starts nothing with ${what}`, async () => {
      const env = await prepare()
      const ran = await run(['touch', 'started'], {env})
      expect(ran).to.include({code: 3, stdout: ''})
      expect(ran.stderr).to.match(/^ {4}Error: .+\n {4}Code: UNSAFE_FILE\n/)
      expect(ran.stderr).to.include(told)
      expect(ran.stderr.endsWith(NOT_STARTED)).to.equal(true)
      expect(existsSync(path.join(root, 'started'))).to.equal(false)
    })
  }

  const wrong: [what: string, argv: string[], told: string][] = [
    [
      'no command',
      ['run', '--purpose', 'x'],
      'The command to run comes after two dashes, and nothing else before them.',
    ],
    [
      'nothing after the dashes',
      ['run', '--purpose', 'x', '--'],
      'The command to run comes after two dashes, and nothing else before them.',
    ],
    [
      'words before the dashes',
      ['run', '--purpose', 'x', 'npm', '--', 'test'],
      'The command to run comes after two dashes, and nothing else before them.',
    ],
    ['no purpose', ['run', '--', 'true'], 'Missing required flag purpose'],
    ['an empty purpose', ['run', '--purpose', '', '--', 'true'], '--purpose: purpose is empty.'],
    ['an unknown flag', ['run', '--purpose', 'x', '--bogus', '--', 'true'], 'Nonexistent flag: --bogus'],
    [
      'an unknown session',
      ['run', '--purpose', 'x', '--session-name', 'bob', '--', 'true'],
      '--session-name: A lease is held by planner',
    ],
  ]
  for (const [what, argv, told] of wrong) {
    it(`refuses ${what} as a wrong command line`, async () => {
      const ran = await machine.run(argv, {cwd: root})
      expect(ran.code).to.equal(2)
      expect(ran.stderr).to.include(`    Error: ${told}`)
      expect(ran.stderr.endsWith(NOT_STARTED)).to.equal(true)
    })
  }

  it('is a worker’s in its own name, and refused in another’s and to an observer', async () => {
    await machine.json(['init'], {cwd: root})
    const env = (role: string) => ({
      CODEX_ORCHESTRATOR_ROLE: role,
      CODEX_ORCHESTRATOR_SESSION: 'worker-task-001',
      CODEX_ORCHESTRATOR_PROJECT: root,
    })
    expect(await run(['echo', 'mine'], {env: env('worker')})).to.include({code: 0, stdout: 'mine\n'})
    expect(await readFile(state, 'utf8')).to.include('session: worker-task-001')
    const argv = ['run', '--purpose', 'x', '--session-name', 'planner', '--', 'true']
    const refused = await machine.run(argv, {cwd: root, env: env('worker')})
    expect(refused.stderr).to.match(/Code: NOT_OWNER\n[^]*codex-planner: not started\n$/)
    expect(refused.code).to.equal(3)
    const observed = await run(['true'], {env: env('observer')})
    expect(observed.stderr).to.match(/Code: ROLE_FORBIDDEN\n[^]*codex-planner: not started\n$/)
  })

  it('lets the command read the terminal, and Ctrl+C reach it once', async () => {
    const quoted = (words: string[]) => words.map(word => `'${word}'`).join(' ')
    const call = quoted([process.execPath, program, 'run', '--purpose', 'terminal', '--'])
    const asks = `${call} bash -c 'read -p "name? " x </dev/tty; echo "hello $x"'`
    const interrupted = `${call} bash -c 'trap "echo heard" INT; echo ready; read _; echo; exit 4'`
    const terminal = async (line: string, wait: string, keys: string) => {
      const child = spawn('script', ['-qec', line, '/dev/null'], {cwd: root, env: machine.env})
      let screen = ''
      child.stdout.setEncoding('utf8').on('data', text => (screen += text))
      await eventually(wait, async () => screen.includes(wait))
      child.stdin.write(keys)
      const [code] = await once(child, 'close')
      return {code, screen}
    }
    expect((await terminal(asks, 'name? ', 'Ada\n')).screen).to.include('hello Ada')
    const ctrlC = await terminal(interrupted, 'ready', '\u0003\n')
    expect([ctrlC.code, ctrlC.screen.split('heard').length - 1]).to.deep.equal([4, 1])
  })
})
