import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, readFile, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {Session} from '../../src/domain/session.ts'
import type {Task} from '../../src/domain/task.ts'
import type {SessionView} from '../../src/services/sessions.ts'
import {makeCodexHome} from './codex-home.ts'
import type {Script} from './scripted-model/script.ts'
import {type ScriptedModel, startScriptedModel} from './scripted-model/server.ts'

const checkout = path.resolve(import.meta.dirname, '../..')
export const program = path.join(checkout, 'bin', 'run.js')

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** A throw-away machine: a home, a Codex home, a repository, a model, and the terminals that come of it. */
export interface World {
  folder: string
  /** The repository, links resolved; whoever moves it says where it is. */
  root: string
  env: NodeJS.ProcessEnv
  model: ScriptedModel
  run(argv: readonly string[], options?: {cwd?: string; env?: NodeJS.ProcessEnv}): Promise<Ran>
  /** Runs with `--json`; a failure throws with what was printed. */
  json<Result>(argv: readonly string[], options?: {cwd?: string}): Promise<Result>
  git(...args: string[]): Promise<string>
  /** What tmux answers on the team's own socket. */
  tmux(...args: string[]): Promise<Ran>
  tasks(): Promise<Task[]>
  sessions(): Promise<SessionView[]>
  session(name: string): Promise<SessionView | undefined>
  close(): Promise<void>
}

export async function makeWorld({
  script,
  model: name = 'scripted-plain',
  plugins = false,
  program: called = [process.execPath, program],
}: {
  script: Script
  model?: string
  /** Whether Codex may have plugins. */
  plugins?: boolean
  /** Another than the one of this checkout. */
  program?: readonly [string, ...string[]]
}): Promise<World> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cp-')))
  let root = path.join(folder, 'repo')
  const model = await startScriptedModel({script})
  const home = path.join(folder, 'home')
  const codex = makeCodexHome({folder: path.join(folder, 'codex'), baseUrl: model.baseUrl, model: name, plugins})
  await mkdir(home, {recursive: true})
  await mkdir(root)
  await writeFile(
    path.join(home, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n',
  )
  const env: NodeJS.ProcessEnv = {
    HOME: home,
    PATH: [path.join(checkout, 'node_modules', '.bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    SHELL: '/bin/bash',
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    ...codex.env,
  }
  const socket = path.join(home, 'state', 'codex-orchestrator', 'plugins', 'terminal-tmux', 'tmux.sock')
  const [file, ...own] = called
  const run: World['run'] = (argv, options = {}) =>
    runProgram(file, [...own, ...argv], {cwd: options.cwd ?? root, env: {...env, ...options.env}})
  const git = async (...args: string[]) => {
    const {code, stdout, stderr} = await runProgram('git', args, {cwd: root, env})
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const json = async <Result>(argv: readonly string[], options: {cwd?: string} = {}): Promise<Result> => {
    const {code, stdout, stderr} = await run([...argv, '--json'], options)
    if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Result
  }
  const tmux = (...args: string[]) => runProgram('tmux', ['-u', '-S', socket, ...args], {cwd: root, env})
  const sessions = async () => (await json<{sessions: SessionView[]}>(['list-sessions'])).sessions
  await git('init', '-q')
  await git('commit', '-q', '--allow-empty', '-m', 'First commit')
  return {
    folder,
    get root() {
      return root
    },
    set root(place) {
      root = place
    },
    env,
    model,
    run,
    json,
    git,
    tmux,
    tasks: async () => (await json<{tasks: Task[]}>(['list-tasks', '--all'])).tasks,
    sessions,
    session: async name => (await sessions()).find(session => session.name === name),
    close: async () => {
      if (existsSync(socket)) await endServer(tmux)
      await model.close()
      await rm(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 200})
    },
  }
}

async function endServer(tmux: World['tmux']): Promise<void> {
  const {code, stdout} = await tmux('list-sessions', '-F', '#{pid}')
  if (code !== 0) return
  process.kill(Number(stdout.split('\n')[0]), 'SIGTERM')
  await eventually('the tmux server to end', async () => (await tmux('list-sessions')).code !== 0)
}

export function runProgram(
  file: string,
  args: readonly string[],
  {cwd, env, input = ''}: {cwd: string; env: NodeJS.ProcessEnv; input?: string},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {cwd, env, stdio: ['pipe', 'pipe', 'pipe']})
    const parts = {stdout: '', stderr: ''}
    child.stdout.setEncoding('utf8').on('data', text => (parts.stdout += text))
    child.stderr.setEncoding('utf8').on('data', text => (parts.stderr += text))
    child.once('error', reject)
    child.once('close', code => resolve({code, ...parts}))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Waits until something holds; the bound only ends a test that would never pass. */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  milliseconds = 60_000,
): Promise<Value> {
  const deadline = Date.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
    await delay(200)
  }
}

export function taskIn(tasks: readonly Task[], id: string): Task {
  const task = tasks.find(task => task.id === id)
  if (!task) throw new Error(`There is no ${id}.`)
  return task
}

/** What woke the planner, a message as often as its turn asked the model. */
export function wakesOf(world: World): string[] {
  return world.model.requests.filter(({trigger}) => trigger === 'queue').map(({user}) => user)
}

export type {Session, SessionView, Task}

/** After a test that failed, prints what its world looked like. */
export function tellOnFailure(world: () => World): void {
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(await portrait(world()))
  })
}

async function portrait(world: World): Promise<string> {
  const trace = await readFile(path.join(world.root, '.codex', 'logs', 'orchestrator.jsonl'), 'utf8').catch(String)
  const panes = (await world.tmux('list-panes', '-a', '-F', '#{pane_id} #{session_name}')).stdout.trim().split('\n')
  const screens = panes.map(async pane => {
    const {stdout} = await world.tmux('capture-pane', '-p', '-t', pane.split(' ')[0] ?? '')
    return `${pane}\n${stdout
      .split('\n')
      .filter(line => line.trim() !== '')
      .slice(-12)
      .join('\n')}`
  })
  return [
    (await world.run(['list-tasks', '--all'])).stdout,
    (await world.run(['list-sessions'])).stdout,
    `problems: ${world.model.problems.join('\n')}`,
    trace.split('\n').slice(-25).join('\n'),
    ...world.model.requests
      .slice(-6)
      .map(({n, cwd, user, step}) => `request ${n} ${cwd} ${user.slice(0, 120)} -> ${JSON.stringify(step)}`),
    ...(await Promise.all(screens)),
    '',
  ].join('\n')
}
