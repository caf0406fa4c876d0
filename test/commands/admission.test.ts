import {existsSync} from 'node:fs'
import {mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, type Told, wholeTree} from './machine.ts'

/** Limits that every machine is at. */
const BUSY = {CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '65536'}
const SHORT_OF_MEMORY = /^The memory available to programs is \d+\.\d\d GiB; the minimum is 65536\.00 GiB\.$/

let machine: Machine
let count = 0

async function aProject(
  board: {tasks?: Partial<Task>[]; sessions?: Partial<Session>[]} = {tasks: [{}]},
): Promise<string> {
  const root = await machine.repository(`admission-${++count}`)
  await machine.json(['init'], {cwd: root})
  const base_commit = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
  await putOnBoard(root, {...board, tasks: (board.tasks ?? []).map(task => ({base_commit, ...task}))})
  return root
}

/** A refusal after which the whole machine is as before. */
async function refused(
  root: string,
  argv: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Told & {exit: number | null}> {
  const before = await wholeTree(machine.folder)
  const told = await machine.refusal(argv, {cwd: root, env})
  expect(await wholeTree(machine.folder)).to.deep.equal(before)
  return told
}

/** The reason of a deferral. */
function reasonOf({message}: Told, id = 'TASK-001'): string {
  return new RegExp(`^${id} has to wait: (.*) Try again in 45 s\\.$`).exec(message)?.[1] ?? message
}

const spawn = ['spawn-worker', 'TASK-001']

before(async () => {
  machine = await makeMachine()
  // What earlier calls leave for themselves is there already.
  await machine.run(['doctor'], {cwd: machine.home})
})
afterEach(() => rm(path.join(machine.home, 'config'), {recursive: true, force: true}))
after(() => machine.close())

describe('spawn-worker on a machine under pressure', () => {
  it('has the worker wait, makes nothing, and says what helps (MCP G8)', async () => {
    const told = await refused(await aProject(), spawn, BUSY)
    expect(reasonOf(told)).to.match(SHORT_OF_MEMORY)
    expect({...told, message: ''}).to.deep.equal({
      exit: 3,
      code: 'WORKER_DEFERRED',
      message: '',
      suggestions: ['codex-planner resources', 'codex-planner spawn-worker TASK-001'],
      retryable: true,
    })
  })

  it('says it to a person in the same words', async () => {
    const root = await aProject()
    const {code, stdout, stderr} = await machine.run(spawn, {cwd: root, env: BUSY})
    expect({code, stdout}).to.deep.equal({code: 3, stdout: ''})
    expect(stderr).to.match(
      /^ {4}Error: TASK-001 has to wait: .*\n {4}Code: WORKER_DEFERRED\n {4}Try this: codex-planner resources\n {10}or: codex-planner spawn-worker TASK-001\n$/,
    )
  })

  it('gives no way around by --force, which is about what the task builds on', async () => {
    const {code} = await refused(await aProject(), [...spawn, '--force'], BUSY)
    expect(code).to.equal('WORKER_DEFERRED')
  })

  it('says first what waiting does not help', async () => {
    const root = await aProject({tasks: [{status: 'review_ready'}, {depends_on: ['TASK-001']}]})
    expect((await refused(root, ['spawn-worker', 'TASK-002'], BUSY)).code).to.equal('DEPENDENCY_NOT_READY')
    expect((await refused(root, ['spawn-worker', 'TASK-001'], BUSY)).code).to.equal('INVALID_TRANSITION')
    expect((await refused(root, ['spawn-worker', 'TASK-003'], BUSY)).code).to.equal('TASK_NOT_FOUND')
  })

  it('goes on to the start where no limit is reached, which fails here for want of Codex', async () => {
    const env = {
      CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1: '10000',
      CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '0',
    }
    for (const limits of [env, {}]) {
      expect((await machine.refusal(spawn, {cwd: await aProject(), env: limits})).code).to.equal('PROGRAM_MISSING')
    }
  })

  it('takes the limit of load where the load is not 0', async function () {
    const env = {CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1: '0.01'}
    // The look at the machine and the call are two moments; a load far above the limit bridges them.
    if (Number((await readFile('/proc/loadavg', 'utf8')).split(' ')[0]) < 0.05) this.skip()
    expect(reasonOf(await refused(await aProject(), spawn, env))).to.match(
      /^The load average over one minute is \d+\.\d\d; the limit is 0\.01\.$/,
    )
  })

  const ENOUGH = '0'
  const TOO_MUCH = '65536'
  const table: [what: string, toml: string, env: NodeJS.ProcessEnv, code: string][] = [
    ['the limit for workers in the file', `worker_spawn_min_mem_available_gb = ${TOO_MUCH}`, {}, 'WORKER_DEFERRED'],
    [
      'the limit for heavy commands where workers have none',
      `min_mem_available_gb = ${TOO_MUCH}`,
      {},
      'WORKER_DEFERRED',
    ],
    [
      'the own limit of workers before that',
      `min_mem_available_gb = ${TOO_MUCH}\nworker_spawn_min_mem_available_gb = ${ENOUGH}`,
      {},
      'PROGRAM_MISSING',
    ],
    [
      'the own variable of workers before both',
      `min_mem_available_gb = ${TOO_MUCH}\nworker_spawn_min_mem_available_gb = ${TOO_MUCH}`,
      {CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: ENOUGH},
      'PROGRAM_MISSING',
    ],
    [
      'the variable for heavy commands where nothing is said of workers',
      `min_mem_available_gb = ${ENOUGH}`,
      {CODEX_ORCHESTRATOR_MIN_MEM_AVAILABLE_GB: TOO_MUCH},
      'WORKER_DEFERRED',
    ],
    [
      'the file’s limit for workers before the variable for heavy commands',
      `worker_spawn_min_mem_available_gb = ${ENOUGH}`,
      {CODEX_ORCHESTRATOR_MIN_MEM_AVAILABLE_GB: TOO_MUCH},
      'PROGRAM_MISSING',
    ],
  ]
  for (const [what, toml, env, code] of table) {
    it(`holds to ${what}`, async () => {
      await machine.configure(`[defaults]\n${toml}\n`)
      expect((await machine.refusal(spawn, {cwd: await aProject(), env})).code).to.equal(code)
    })
  }
})

describe('resume-task on a machine under pressure', () => {
  const ended = {name: 'worker-task-001', status: 'closed', backend: 'tmux'} as const
  const handoff = (root: string) => readFile(path.join(root, '.codex/handoffs/TASK-001.md'), 'utf8')
  const resume = (...notes: string[]) => ['resume-task', 'TASK-001', ...notes.flatMap(note => ['--note', note])]

  for (const [status, about] of [
    ['needs_input', 'answer'],
    ['review_ready', 'sent back'],
  ] as const) {
    it(`has a worker of a ${status} task wait, and keeps the note in the handoff`, async () => {
      const root = await aProject({tasks: [{status}], sessions: [ended]})
      const others = async () => {
        const [board, state] = ['.codex/board', '.codex/state'].map(folder => wholeTree(path.join(root, folder)))
        return {...(await board), runs: Object.keys((await state) ?? {}).filter(name => name.includes('runs/'))}
      }
      const before = await others()
      const told = await machine.refusal(resume('Keep the old spelling.'), {cwd: root, env: BUSY})
      expect({exit: told.exit, code: told.code, suggestions: told.suggestions}).to.deep.equal({
        exit: 3,
        code: 'WORKER_DEFERRED',
        suggestions: [
          'codex-planner resources',
          `codex-planner resume-task TASK-001 --note 'Read the handoff and go on.'`,
        ],
      })
      expect(reasonOf(told)).to.match(/; the minimum is 65536\.00 GiB\. The note is in the handoff\.$/)
      expect(await handoff(root)).to.match(
        new RegExp(`^## \\S+Z ${about} by operator\n\n> - Keep the old spelling\\.\n`, 'm'),
      )
      expect(await others()).to.deep.equal(before)
      expect(existsSync(`${root}-worktrees`)).to.equal(false)
    })
  }

  it('writes the note once, however often it is given before the machine has room', async () => {
    const root = await aProject({tasks: [{status: 'needs_input'}], sessions: [ended]})
    for (const _ of [1, 2, 3]) await machine.refusal(resume('One.', 'Two.'), {cwd: root, env: BUSY})
    await machine.refusal(resume('Another.'), {cwd: root, env: BUSY})
    const sections = [...(await handoff(root)).matchAll(/^## .* answer by operator\n\n([^#]*)/gm)].map(([, text]) =>
      text?.trim(),
    )
    expect(sections).to.deep.equal(['> - One.\n> - Two.', '> - Another.'])
  })

  it('tells nobody to wait when what stands in the way is something else', async () => {
    const root = await aProject({tasks: [{status: 'done'}], sessions: [ended]})
    expect((await refused(root, resume('x'), BUSY)).code).to.equal('INVALID_TRANSITION')
    const unknown = await aProject({
      tasks: [{status: 'needs_input'}],
      sessions: [{name: 'worker-task-001', backend: 'gone'}],
    })
    expect((await refused(unknown, resume('x'), BUSY)).code).to.equal('SESSION_UNKNOWN')
  })
})

describe('a worker policy that somebody installed', () => {
  const data = () => path.join(machine.home, 'data', 'codex-planner')

  async function list(name: string): Promise<void> {
    await mkdir(data(), {recursive: true})
    const oclif = {plugins: [{name, type: 'user'}]}
    await writeFile(path.join(data(), 'package.json'), JSON.stringify({oclif, dependencies: {[name]: '1.0.0'}}))
  }

  async function install(name: string, provide: string): Promise<void> {
    const plugin = path.join(data(), 'node_modules', name)
    await mkdir(plugin, {recursive: true})
    await list(name)
    const hooks = {'worker-policy': './provide.js'}
    await writeFile(
      path.join(plugin, 'package.json'),
      JSON.stringify({name, version: '1.0.0', type: 'module', oclif: {hooks}}),
    )
    await writeFile(path.join(plugin, 'provide.js'), provide)
  }

  const policy = (admit: string, name = 'mine') =>
    `export default async () => ({name: ${JSON.stringify(name)}, api: 1, admit: ${admit}})\n`

  afterEach(() => rm(data(), {recursive: true, force: true}))

  it('is given the task, what others work on, and the limits', async () => {
    await install(
      'my-policy',
      policy('(...facts) => ({allowed: false, reason: `${JSON.stringify(facts)}.`, retryAfterSeconds: 45})'),
    )
    const root = await aProject({
      tasks: [{write_scope: ['src/**']}, {status: 'in_progress', write_scope: ['docs/']}, {write_scope: ['test/']}],
      sessions: [
        {name: 'worker-task-002', backend: 'gone'},
        {name: 'worker-task-003', status: 'closed'},
      ],
    })
    const env = {CODEX_ORCHESTRATOR_MAX_LOADAVG_1: '10000'}
    const told = await refused(root, spawn, env)
    const [request, load, thresholds] = JSON.parse(reasonOf(told).replace(/\.$/, '')) as [object, object, object]
    expect(request).to.deep.equal({
      kind: 'worker',
      taskId: 'TASK-001',
      writeScope: ['src/**'],
      active: [{taskId: 'TASK-002', writeScope: ['docs/']}],
    })
    // Pressure too, where the kernel tells it.
    expect(Object.keys(load).filter(key => key !== 'pressure')).to.have.members([
      'cpuCount',
      'loadAverage1',
      'memoryAvailableGb',
    ])
    expect(thresholds).to.deep.equal({maxLoadAverage1: 10_000})
  })

  it('cannot change the board through what it is given', async () => {
    await install('my-policy', policy(`({writeScope}) => { writeScope.push('everything'); return {allowed: true} }`))
    const root = await aProject({tasks: [{write_scope: ['src/**']}]})
    expect((await machine.refusal(spawn, {cwd: root})).code).to.equal('PROGRAM_MISSING')
    const {task} = await machine.json<{task: Task}>(['show-task', 'TASK-001'], {cwd: root})
    expect(task.write_scope).to.deep.equal(['src/**'])
  })

  const faults: [what: string, admit: string, told: string][] = [
    ['throws', `() => { throw new Error('out of\\ncoffee') }`, 'it threw "out of\\ncoffee"'],
    ['throws something that is no error', `() => { throw 7 }`, 'it threw "7"'],
    ['answers nothing', '() => undefined', 'it answered with something that is no verdict'],
    [
      'refuses without a time',
      `() => ({allowed: false, reason: 'No.'})`,
      'it answered with something that is no verdict',
    ],
    ['promises an answer', 'async () => ({allowed: true})', 'it answered with a promise that is no verdict'],
    [
      'promises an answer and fails',
      `async () => { throw new Error('later') }`,
      'it answered with a promise that is no verdict',
    ],
  ]
  for (const [what, admit, how] of faults) {
    it(`that ${what} is named, and nothing is started`, async () => {
      await install('my-policy', policy(admit))
      expect(await refused(await aProject(), spawn)).to.deep.equal({
        exit: 1,
        code: 'PLUGIN_FAILED',
        message: `The worker policy of my-policy could not be asked, so nothing was started: ${how}.`,
        suggestions: ['codex-planner plugins uninstall my-policy'],
        retryable: false,
      })
    })
  }

  describe('from this repository', () => {
    const use = async (name: string) => {
      const whole = `@codex-planner/${name}`
      await list(whole)
      await mkdir(path.join(data(), 'node_modules', '@codex-planner'), {recursive: true})
      const folder = path.resolve(import.meta.dirname, '../../plugins', name)
      await symlink(folder, path.join(data(), 'node_modules', whole))
    }
    const configured = async (text: string) => {
      const file = path.join(machine.home, 'config', 'codex-orchestrator', 'config.toml')
      await mkdir(path.dirname(file), {recursive: true})
      await writeFile(file, text)
      return file
    }
    const board = {
      tasks: [{write_scope: ['src/**']}, {status: 'in_progress' as const, write_scope: ['src/a.ts']}],
      sessions: [{name: 'worker-task-002', backend: 'gone'}],
    }
    const waits = async () => {
      const {code, message} = await machine.refusal(spawn, {cwd: await aProject(board)})
      return `${code}: ${message}`
    }

    it('keeps workers apart that may change the same file', async () => {
      await use('policy-write-scope')
      expect(await waits()).to.equal(
        'WORKER_DEFERRED: TASK-001 has to wait: TASK-002 is at work and may change src/a.ts, as TASK-001 may src/**. Try again in 60 s.',
      )
    })

    it('bounds how many workers there are by a setting of its own', async () => {
      await use('policy-max-workers')
      const file = await configured('[plugins.policy-max-workers]\nmax_workers = 1\n')
      expect(await waits()).to.equal(
        'WORKER_DEFERRED: TASK-001 has to wait: One worker is at work; the most is 1. Try again in 60 s.',
      )
      await writeFile(file, '[plugins.policy-max-workers]\nmax_workers = 2\n')
      expect((await machine.refusal(spawn, {cwd: await aProject(board)})).code).to.equal('PROGRAM_MISSING')
    })

    it('starts nothing while a setting of its is wrong, and names the line', async () => {
      await use('policy-max-workers')
      const file = await configured('[defaults]\n\n[plugins.policy-max-workers]\nmax_worker = 1\n')
      expect(await machine.refusal(spawn, {cwd: await aProject(board)})).to.deep.equal({
        exit: 1,
        code: 'INVALID_CONFIG',
        message: `${file} line 4: max_worker is not a known key of [plugins.policy-max-workers]; the nearest known one is max_workers.`,
        suggestions: [`\${EDITOR:-vi} ${file}`],
        retryable: false,
      })
    })
  })

  const missing: [what: string, provide: string, reason: string][] = [
    ['cannot be loaded', `throw new Error('it is broken')\n`, 'it is broken'],
    [
      'speaks another version',
      'export default async () => ({name: "mine", api: 2, admit: () => ({allowed: true})})\n',
      'it speaks version 2 of the plugin contract; this program speaks 1.',
    ],
    [
      'has no name',
      'export default async () => ({api: 1, admit: () => ({allowed: true})})\n',
      'its name is not one of at most 32 small letters, digits and dashes.',
    ],
    ['decides nothing', 'export default async () => ({name: "mine", api: 1})\n', 'it has no function admit.'],
    [
      'gives nothing',
      'export default async () => undefined\n',
      'it speaks version undefined of the plugin contract; this program speaks 1.',
    ],
  ]
  for (const [what, provide, reason] of missing) {
    it(`that ${what} is missed aloud when a worker is to start, and the others are asked`, async () => {
      await install('my-policy', provide)
      const {code, stderr} = await machine.run([...spawn, '--json'], {cwd: await aProject(), env: BUSY})
      expect({code, stderr}).to.deep.equal({
        code: 3,
        stderr: `Warning: The worker policy of my-policy could not be loaded, so it is not asked: ${reason}\n`,
      })
    })
  }

  it('refuses after one with an earlier name has admitted, and before one with a later name is asked', async () => {
    const no = `() => ({allowed: false, reason: 'Not by me.', retryAfterSeconds: 45})`
    await install('my-policy', policy(no, 'a-first'))
    expect(reasonOf(await refused(await aProject(), spawn, BUSY))).to.equal('Not by me.')
    await install('my-policy', policy(no, 'z-last'))
    expect(reasonOf(await refused(await aProject(), spawn, BUSY))).to.match(SHORT_OF_MEMORY)
    expect(reasonOf(await refused(await aProject(), spawn))).to.equal('Not by me.')
  })
})
