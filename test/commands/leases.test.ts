import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, rename, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {identify} from '../../src/system/process.ts'
import {putOnBoard} from './boards.ts'
import {ranBefore} from './lease-history.ts'
import {type Machine, makeMachine, type RunOptions, wholeTree} from './machine.ts'

interface Told {
  granted: boolean
  lease?: {id: string; session: string; purpose: string; project: string; holder: string; process: string}
  queue_position?: number
  retry_after_seconds?: number
  reason?: string
  expected_wait_seconds?: number | null
}

const ID = /^HEAVY-[0-9a-f]{8}$/

describe('leases on the command line', () => {
  let machine: Machine
  let root: string
  let state: string
  const children: ChildProcess[] = []

  beforeEach(async () => {
    machine = await makeMachine()
    machine.env.CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES = '1'
    root = await machine.repository('shop')
    state = path.join(machine.home, 'state', 'codex-orchestrator', 'leases.yaml')
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await machine.close()
  })

  const as = (role: string, session: string, project = root) => ({
    CODEX_ORCHESTRATOR_ROLE: role,
    CODEX_ORCHESTRATOR_SESSION: session,
    CODEX_ORCHESTRATOR_PROJECT: project,
  })

  async function acquire(session: string, purpose = 'npm test', options: RunOptions = {}) {
    const argv = ['acquire-lease', '--session-name', session, '--purpose', purpose, '--json']
    const {code, stdout, stderr} = await machine.run(argv, {cwd: root, ...options})
    if (code !== 0 && code !== 3) throw new Error(stdout + stderr)
    return {exit: code, ...(JSON.parse(stdout) as Told)}
  }

  /** A session on the board whose script is a process that only waits. */
  async function running(name: string, folder = root): Promise<ChildProcess> {
    const child = spawn('sleep', ['600'], {stdio: 'ignore'})
    children.push(child)
    await once(child, 'spawn')
    const run = `${name}-${child.pid}`
    await putOnBoard(folder, {sessions: [{name, run}]})
    const {pid, started, boot, pidns} = identify(child.pid ?? 0)
    const place = path.join(folder, '.codex', 'state', 'runs', run)
    await mkdir(place, {recursive: true})
    await writeFile(
      path.join(place, 'hello'),
      `pid=${pid}\npgid=${pid}\nstarted=${started}\nboot=${boot}\npidns=${pidns}\nrun=${run}\n`,
    )
    return child
  }

  async function listed(): Promise<string[]> {
    const {leases, queue} = await machine.json<{leases: {session: string}[]; queue: {session: string}[]}>(
      ['list-leases'],
      {cwd: root},
    )
    return [...leases.map(({session}) => `${session} holds`), ...queue.map(({session}) => `${session} waits`)]
  }

  it('are granted to the person outside any session, and given back twice (F-023)', async () => {
    const {exit, granted, lease} = await acquire('operator')
    expect({exit, granted}).to.deep.equal({exit: 0, granted: true})
    expect(lease?.id).to.match(ID)
    expect(lease).to.include({
      session: 'operator',
      purpose: 'npm test',
      project: root,
      holder: 'none',
      process: 'unknown',
    })
    const id = lease?.id ?? ''
    const once = await machine.json<{lease: {reason: string}}>(['release-lease', id], {cwd: machine.folder})
    expect(once.lease).to.include({id, reason: 'released', session: 'operator'})
    expect(await machine.json(['release-lease', id], {cwd: root})).to.deep.equal(once)
    expect(await listed()).to.deep.equal([])
  })

  it('are answered with exit code 3, a place and a time while none is free, and one question is one place', async () => {
    await acquire('operator')
    for (const _ of [1, 2]) {
      expect(await acquire('worker-task-001')).to.deep.equal({
        exit: 3,
        granted: false,
        queue_position: 1,
        retry_after_seconds: 30,
        expected_wait_seconds: null,
        reason: 'The one heavy lease of this host is held.',
      })
    }
    expect(await listed()).to.deep.equal(['operator holds', 'worker-task-001 waits'])
  })

  it('say in a terminal what to do next', async () => {
    const argv = (session: string) => ['acquire-lease', '--session-name', session, '--purpose', 'npm test']
    const granted = await machine.run(argv('operator'), {cwd: root})
    const id = /HEAVY-[0-9a-f]{8}/.exec(granted.stdout)?.[0]
    expect(granted).to.include({
      code: 0,
      stderr: '',
      stdout: `operator holds ${id} for 1800 s; asking again renews it.\nAfter the command: codex-planner release-lease ${id}\n`,
    })
    expect(await machine.run(argv('planner'), {cwd: root})).to.include({
      code: 3,
      stderr: '',
      stdout:
        'Not now: The one heavy lease of this host is held. The request is at place 1 of the queue.\nAsk again in 30 s with the same words; its place is kept.\n',
    })
    expect((await machine.run(['release-lease', id ?? ''], {cwd: root})).stdout).to.equal(`${id} is released.\n`)
  })

  it('leave a repository as it is, also one that has no team', async () => {
    const before = await wholeTree(root)
    const {lease} = await acquire('operator')
    await acquire('planner')
    await machine.json(['release-lease', lease?.id ?? ''], {cwd: root})
    await acquire('planner')
    expect(await wholeTree(root)).to.deep.equal(before)
  })

  it('are noted in the log of a team', async () => {
    await machine.json(['init'], {cwd: root})
    const {lease} = await acquire('operator')
    const log = await readFile(path.join(root, '.codex', 'logs', 'orchestrator.jsonl'), 'utf8')
    const {event, by, lease: noted} = JSON.parse(log.trim().split('\n').at(-1) ?? '') as Record<string, string>
    expect([event, by, noted]).to.deep.equal(['lease-granted', 'operator', lease?.id])
  })

  it('stay the same lease when they are asked for again (F-022)', async () => {
    const first = await acquire('operator')
    expect((await acquire('operator')).lease?.id).to.equal(first.lease?.id)
  })

  it('are one budget for all repositories and shells that share a state folder', async () => {
    const other = await machine.repository('other')
    await acquire('operator')
    expect(await acquire('operator', 'npm test', {cwd: other})).to.include({exit: 3, queue_position: 1})
    const elsewhere = {XDG_STATE_HOME: path.join(machine.home, 'another-state')}
    expect(await acquire('operator', 'npm test', {cwd: other, env: elsewhere})).to.include({exit: 0})
    const {leases, queue} = await machine.json<{leases: {project: string}[]; queue: {project: string}[]}>([
      'list-leases',
    ])
    expect([...leases, ...queue].map(({project}) => project)).to.deep.equal([root, other])
  })

  it('are one repository’s from any of its folders', async () => {
    const folder = path.join(root, 'deep', 'down')
    await mkdir(folder, {recursive: true})
    const first = await acquire('operator')
    expect((await acquire('operator', 'npm test', {cwd: folder})).lease?.id).to.equal(first.lease?.id)
  })

  it('belong to the session, not to the command that asked, and end with the session’s proven end (F-024)', async () => {
    await machine.json(['init'], {cwd: root})
    const session = await running('worker-task-001')
    const {lease} = await acquire('worker-task-001', 'npm test', {env: as('worker', 'worker-task-001')})
    expect(lease).to.include({holder: 'session', process: 'alive'})
    expect(await listed()).to.deep.equal(['worker-task-001 holds'])
    session.kill('SIGKILL')
    await once(session, 'exit')
    expect(await acquire('operator')).to.include({exit: 0})
    expect(await listed()).to.deep.equal(['operator holds'])
    const again = await machine.json<{lease: {reason: string}}>(['release-lease', lease?.id ?? ''], {cwd: root})
    expect(again.lease.reason).to.equal('session_ended')
  })

  it('end with their session also where its records were exchanged for a link', async () => {
    await machine.json(['init'], {cwd: root})
    const session = await running('worker-task-001')
    await acquire('worker-task-001', 'npm test', {env: as('worker', 'worker-task-001')})
    const runs = path.join(root, '.codex', 'state', 'runs')
    await rename(runs, path.join(machine.folder, 'runs'))
    await symlink(path.join(machine.folder, 'runs'), runs)
    expect(await acquire('operator')).to.include({exit: 3})
    session.kill('SIGKILL')
    await once(session, 'exit')
    expect(await acquire('operator')).to.include({exit: 0})
  })

  it('end with the record of how their session ended, before its process is gone', async () => {
    await machine.json(['init'], {cwd: root})
    const session = await running('worker-task-001')
    await acquire('worker-task-001', 'npm test', {env: as('worker', 'worker-task-001')})
    await writeFile(state, (await readFile(state, 'utf8')).replace(/pidns: .*/, 'pidns: pid:[1]'))
    const place = path.join(root, '.codex', 'state', 'runs', `worker-task-001-${session.pid}`)
    await writeFile(path.join(place, 'exit'), 'code=0\nat=2026-01-31T12:00:00Z\n')
    expect(await acquire('operator')).to.include({exit: 0})
  })

  it('of a session whose end cannot be proven stay until their time is over (F-120)', async () => {
    await machine.json(['init'], {cwd: root})
    const session = await running('worker-task-001')
    await acquire('worker-task-001', 'npm test', {env: as('worker', 'worker-task-001')})
    await writeFile(state, (await readFile(state, 'utf8')).replace(/pidns: .*/, 'pidns: pid:[1]'))
    session.kill('SIGKILL')
    await once(session, 'exit')
    expect(await acquire('operator')).to.include({exit: 3})
    await writeFile(state, (await readFile(state, 'utf8')).replace(/renewed_clock: .*/, 'renewed_clock: 0'))
    await writeFile(state, (await readFile(state, 'utf8')).replace(/ttl_seconds: .*/, 'ttl_seconds: 1'))
    expect(await acquire('operator')).to.include({exit: 0})
  })

  it('of an earlier boot hold nothing (F-061)', async () => {
    await acquire('operator')
    await writeFile(
      state,
      (await readFile(state, 'utf8')).replace(/boot: .*/, 'boot: 00000000-0000-0000-0000-000000000000'),
    )
    expect(await acquire('planner')).to.include({exit: 0})
    expect(await listed()).to.deep.equal(['planner holds'])
  })

  it('are denied while the machine is too busy, with what was measured and the limit, and the request waits', async () => {
    const env = {CODEX_ORCHESTRATOR_MIN_MEM_AVAILABLE_GB: '65536'}
    const answer = await acquire('operator', 'npm test', {env})
    expect(answer).to.include({exit: 3, granted: false, queue_position: 1, retry_after_seconds: 45})
    expect(answer.reason).to.match(
      /^The memory available to programs is \d+\.\d\d GiB; the minimum is 65536\.00 GiB\.$/,
    )
    expect(await listed()).to.deep.equal(['operator waits'])
    expect(await acquire('operator')).to.include({exit: 0})
  })

  it('are denied while work waits for processors more than the limit says, where the system tells it', async function () {
    const measured = /^some avg10=(\S+)/.exec(await readFile('/proc/pressure/cpu', 'utf8').catch(() => ''))?.[1]
    // The look at the machine and the call are two moments; a pressure far above the limit bridges them.
    if (!(Number(measured) > 1)) this.skip()
    const answer = await acquire('operator', 'npm test', {env: {CODEX_ORCHESTRATOR_MAX_CPU_PRESSURE: '0.01'}})
    expect(answer).to.include({exit: 3, granted: false, queue_position: 1, retry_after_seconds: 15})
    expect(answer.reason).to.match(
      /^Some work waited for a processor \d+\.\d\d % of the last ten seconds; the limit is 0\.01 %\.$/,
    )
  })

  it('are listed in a table that names who, what and since when', async () => {
    const {lease} = await acquire('operator')
    await acquire('planner', 'lint')
    const {stdout} = await machine.run(['list-leases'], {cwd: root})
    const [title, held, waiting, ...more] = stdout.trimEnd().split('\n')
    expect(title).to.match(/^LEASE {11}STATE {14}SESSION {3}SINCE {16}PURPOSE {3}PROJECT$/)
    expect(held).to.match(
      new RegExp(`^${lease?.id}  held, \\d+ s left  operator  \\d{4}-\\d\\d-\\d\\dT[\\d:]{8}  npm test  ${root}$`),
    )
    expect(waiting).to.match(/^HEAVY-\w{8} {2}place 1 {12}planner {3}\S{19} {2}lint {6}\S+$/)
    expect(more).to.deep.equal([])
    const yaml = await machine.run(['list-leases', '--format', 'yaml'], {cwd: root})
    expect(yaml.stdout).to.match(/^leases:\n {2}- id: HEAVY-\w{8}\n[^]*\nqueue:\n {2}- id: [^]*\nnext_cursor: null\n$/)
    expect((await machine.run(['list-leases'], {cwd: root, env: {XDG_STATE_HOME: machine.folder}})).stdout).to.equal(
      'No heavy command holds a lease, and none waits.\n',
    )
  })

  it('say how long who waits may have to, as an estimate from how long such commands took before', async () => {
    await ranBefore(state, 600)
    await acquire('operator')
    const {exit, expected_wait_seconds: wait} = await acquire('planner')
    expect(exit).to.equal(3)
    expect(wait).to.be.within(500, 600)
    const argv = ['acquire-lease', '--session-name', 'planner', '--purpose', 'npm test']
    expect((await machine.run(argv, {cwd: root})).stdout).to.match(
      /^Not now: .* at place 1 of the queue\. Its turn is expected in about (9|10) min, an estimate from how long commands took before\.\nAsk again in 30 s /,
    )
    const {queue} = await machine.json<{queue: {expected_wait_seconds: number}[]}>(['list-leases'])
    expect(queue[0]?.expected_wait_seconds).to.be.within(500, 600)
    const lines = (await machine.run(['list-leases'])).stdout.trimEnd().split('\n')
    expect(lines[2]).to.match(/ {2}place 1, about (9|10) min {2}planner /)
    expect(lines.slice(3)).to.deep.equal(['How long a place waits is an estimate, from how long commands took before.'])
    const told = (await machine.run(['resources'], {cwd: root})).stdout
    expect(told).to.match(
      new RegExp(
        [
          '\\nHeavy leases: 1 of 1 held, 1 waiting \\(limit: max_heavy_leases\\)',
          `  HEAVY-\\w{8}: operator holds it since \\S{19}Z for “npm test” in ${root}`,
          `  Place 1: planner waits since \\S{19}Z for “npm test” in ${root}; its turn is expected in about (9|10) min \\(an estimate\\)`,
          'Heavy thresholds: ',
        ].join('\\n'),
      ),
    )
  })

  it('are shown by resources as far as ten go, and list-leases has the rest', async () => {
    for (let count = 0; count < 12; count += 1) await acquire('operator', `command ${count}`)
    const {heavy} = await machine.json<{heavy: {held: number; queued: number; leases: object[]; queue: object[]}}>([
      'resources',
    ])
    expect([heavy.held, heavy.queued, heavy.leases.length, heavy.queue.length]).to.deep.equal([1, 11, 1, 9])
    const lines = (await machine.run(['resources'])).stdout.split('\n')
    expect(lines).to.include('  More: codex-planner list-leases')
    expect(lines.filter(line => line.endsWith('; for how long is not known'))).to.have.length(9)
  })

  it('come in pages', async () => {
    await acquire('operator')
    await acquire('planner', 'lint')
    const page = (cursor: string[]) =>
      machine.json<{leases: object[]; queue: object[]; next_cursor: string}>(['list-leases', '--limit', '1', ...cursor])
    const first = await page([])
    expect([first.leases.length, first.queue.length]).to.deep.equal([1, 0])
    const second = await page(['--cursor', first.next_cursor])
    expect([second.leases.length, second.queue.length, second.next_cursor]).to.deep.equal([0, 1, null])
    expect(await machine.refusal(['list-leases', '--cursor', 'HEAVY-00000000'])).to.include({
      code: 'CURSOR_INVALID',
      exit: 2,
    })
  })

  it('are counted by resources, which says what may begin', async () => {
    const fields = {
      cwd: root,
      env: {CODEX_ORCHESTRATOR_MAX_LOADAVG_1: '10000', CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '65536'},
    }
    await acquire('operator')
    const result = await machine.json<{host: object; heavy: {leases: object[]}; worker_launch: object}>(
      ['resources'],
      fields,
    )
    const {leases} = result.heavy
    expect(result.host).to.have.all.keys('cpus', 'load_average_1', 'memory_available_gb', 'pressure')
    expect(result.heavy).to.deep.equal({
      limit: 1,
      limit_from: 'max_heavy_leases',
      held: 1,
      queued: 0,
      leases,
      queue: [],
      max_loadavg_1: 10_000,
      min_mem_available_gb: null,
      max_cpu_pressure: null,
      max_memory_pressure: null,
      allowed: false,
      reason: 'The one heavy lease of this host is held.',
      retry_after_seconds: 30,
    })
    expect(result.worker_launch).to.include({max_loadavg_1: 10_000, min_mem_available_gb: 65_536, allowed: false})
    const lines = (await machine.run(['resources'], fields)).stdout.split('\n')
    expect(lines).to.include('Heavy leases: 1 of 1 held, 0 waiting (limit: max_heavy_leases)')
    expect(lines).to.include('Heavy commands: deferred: The one heavy lease of this host is held. Try again in 30 s.')
    expect(lines.at(-2)).to.match(/^Worker launch: deferred: The memory .* is 65536\.00 GiB\. Try again in 45 s\.$/)
    const free = await machine.run(['resources'], {cwd: machine.folder, env: {XDG_STATE_HOME: machine.folder}})
    expect(free.stdout.split('\n')).to.include.members(['Heavy commands: allowed', 'Worker launch: allowed'])
  })

  it('are counted by resources, which shows the pressure where the system tells it, and the limits of it', async () => {
    const env = {CODEX_ORCHESTRATOR_MAX_CPU_PRESSURE: '90', CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_MEMORY_PRESSURE: '5'}
    const {host} = await machine.json<{host: {pressure: object | null}}>(['resources'], {cwd: root, env})
    const lines = (await machine.run(['resources'], {cwd: root, env})).stdout.split('\n')
    const line = lines.find(each => each.startsWith('Pressure over ten seconds: '))
    if (existsSync('/proc/pressure/cpu')) {
      expect(host.pressure).to.have.all.keys(
        'cpu_some_avg10',
        'memory_some_avg10',
        'memory_full_avg10',
        'io_some_avg10',
        'io_full_avg10',
      )
      expect(line).to.match(
        /: some work waits for processors \d+\.\d\d %; all work waits for memory \d+\.\d\d %, for disks \d+\.\d\d %$/,
      )
    } else {
      expect([host.pressure, line]).to.deep.equal([null, 'Pressure over ten seconds: not known here'])
    }
    expect(lines).to.include.members([
      'Heavy thresholds: no limit of the load, no minimum of memory, processor pressure below 90 %',
      'Worker thresholds: no limit of the load, no minimum of memory, processor pressure below 90 %, memory pressure below 5 %',
    ])
  })

  describe('in a session', () => {
    beforeEach(() => machine.json(['init'], {cwd: root}))

    const refused: [what: string, argv: string[], role: string, session: string, code: string][] = [
      [
        'another session’s name to a worker',
        ['acquire-lease', '--session-name', 'worker-task-002', '--purpose', 'x'],
        'worker',
        'worker-task-001',
        'NOT_OWNER',
      ],
      [
        'the person’s name to a worker',
        ['acquire-lease', '--session-name', 'operator', '--purpose', 'x'],
        'worker',
        'worker-task-001',
        'NOT_OWNER',
      ],
      [
        'a worker’s name to the planner',
        ['acquire-lease', '--session-name', 'worker-task-002', '--purpose', 'x'],
        'planner',
        'planner',
        'NOT_OWNER',
      ],
      [
        'a lease to an observer',
        ['acquire-lease', '--session-name', 'planner', '--purpose', 'x'],
        'observer',
        'planner',
        'ROLE_FORBIDDEN',
      ],
      ['a release to an observer', ['release-lease', 'HEAVY-1234abcd'], 'observer', 'planner', 'ROLE_FORBIDDEN'],
    ]
    for (const [what, argv, role, session, code] of refused) {
      it(`refuses ${what}, without any trace`, async () => {
        const before = await wholeTree(machine.folder)
        expect(await machine.refusal(argv, {cwd: root, env: as(role, session)})).to.include({code, exit: 1})
        expect(await wholeTree(machine.folder)).to.deep.equal(before)
      })
    }

    it('refuses a worker the lease of anybody else, and lets it release its own', async () => {
      const {lease} = await acquire('operator')
      const own = await acquire('worker-task-001', 'lint', {
        env: {...as('worker', 'worker-task-001'), CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES: '2'},
      })
      const env = as('worker', 'worker-task-001')
      const told = await machine.refusal(['release-lease', lease?.id ?? ''], {cwd: root, env})
      expect(told).to.include({
        code: 'NOT_OWNER',
        message: `${lease?.id} belongs to operator, and worker-task-001 cannot release it.`,
      })
      expect(await listed()).to.deep.equal(['operator holds', 'worker-task-001 holds'])
      await machine.json(['release-lease', own.lease?.id ?? ''], {cwd: root, env})
      expect(await listed()).to.deep.equal(['operator holds'])
    })

    it('refuses a planner the lease of another repository, and lets it release any of its own', async () => {
      const other = await machine.repository('other')
      const {lease} = await acquire('operator', 'npm test', {cwd: other})
      const env = {...as('planner', 'planner'), CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES: '2'}
      expect(await machine.refusal(['release-lease', lease?.id ?? ''], {cwd: root, env})).to.include({
        code: 'NOT_OWNER',
      })
      const own = await acquire('operator', 'lint', {env: {CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES: '2'}})
      await machine.json(['release-lease', own.lease?.id ?? ''], {cwd: root, env})
      expect(await listed()).to.deep.equal(['operator holds'])
    })

    it('lets an observer look', async () => {
      const env = as('observer', 'planner')
      await machine.json(['resources'], {cwd: root, env})
      await machine.json(['list-leases'], {cwd: root, env})
    })
  })

  const wrong: [what: string, argv: string[], code: string, exit: number, message: string][] = [
    ['no session', ['acquire-lease', '--purpose', 'x'], 'INVALID_ARGUMENT', 2, 'Missing required flag session-name.'],
    [
      'no purpose',
      ['acquire-lease', '--session-name', 'operator'],
      'INVALID_ARGUMENT',
      2,
      'Missing required flag purpose.',
    ],
    [
      'an unknown session',
      ['acquire-lease', '--session-name', 'bob', '--purpose', 'x'],
      'INVALID_ARGUMENT',
      2,
      '--session-name: A lease is held by planner, by a worker such as worker-task-001, or by operator, who is you in your own shell.',
    ],
    [
      'an empty purpose',
      ['acquire-lease', '--session-name', 'operator', '--purpose', ''],
      'INVALID_ARGUMENT',
      2,
      '--purpose: purpose is empty.',
    ],
    [
      'a purpose that acts on a terminal',
      ['acquire-lease', '--session-name', 'operator', '--purpose', 'x\u001b[2J'],
      'INVALID_ARGUMENT',
      2,
      '--purpose: purpose must be one line without control characters.',
    ],
    [
      'a purpose of 100 000 characters',
      ['acquire-lease', '--session-name', 'operator', '--purpose', 'x'.repeat(100_000)],
      'INVALID_ARGUMENT',
      2,
      '--purpose: purpose has 100000 characters; at most 200 are kept.',
    ],
    [
      'an id of another form',
      ['release-lease', '../x'],
      'INVALID_ARGUMENT',
      2,
      'A lease is called HEAVY-1234abcd: eight digits or letters a to f.',
    ],
    [
      'an id that nobody ever had',
      ['release-lease', 'HEAVY-00000000'],
      'LEASE_NOT_FOUND',
      1,
      'There is no lease HEAVY-00000000 on this host.',
    ],
  ]
  for (const [what, argv, code, exit, message] of wrong) {
    it(`refuse ${what}`, async () => {
      expect(await machine.refusal(argv, {cwd: root})).to.include({code, exit, message})
    })
  }

  it('are never granted from a registry that is damaged or open to others (A-096, F-096)', async () => {
    await acquire('operator')
    const good = await readFile(state, 'utf8')
    const argv = ['acquire-lease', '--session-name', 'planner', '--purpose', 'x']
    await writeFile(state, good.slice(0, 300))
    expect(await machine.refusal(argv, {cwd: root})).to.include({code: 'LEASE_REGISTRY_DAMAGED', exit: 1})
    await writeFile(state, good)
    await chmod(state, 0o666)
    expect(await machine.refusal(argv, {cwd: root})).to.deep.include({
      code: 'UNSAFE_FILE',
      exit: 1,
      suggestions: [`chmod 600 ${state}`],
    })
    const file = path.join(machine.home, 'a-file')
    await writeFile(file, '')
    const env = {XDG_STATE_HOME: file}
    expect(await machine.refusal(argv, {cwd: root, env})).to.include({code: 'UNSAFE_FILE', exit: 1})
  })
})
