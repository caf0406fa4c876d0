import {spawn} from 'node:child_process'
import {lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'

export const checkout = path.resolve(import.meta.dirname, '../..')
/** What Node has compiled, for all throw-away machines: so no call leaves anything in them that it would not leave again. */
export const compiled = path.join(checkout, 'node_modules', '.cache', 'codex-planner')
export const program = path.join(checkout, 'bin', 'run.js')

export interface Ran {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  input?: string
  /** Milliseconds; only ends a run that would never end. */
  timeout?: number
}

/** What an error says with `--json`. */
export interface Told {
  code: string
  message: string
  suggestions: string[]
  retryable: boolean
}

/** A throw-away machine for commands that start no session: a home of its own, git and tmux, and no Codex. */
export interface Machine {
  folder: string
  home: string
  env: NodeJS.ProcessEnv
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** The answer of a call that succeeds, of which nothing else is printed. */
  json<Result>(argv: readonly string[], options?: RunOptions): Promise<Result>
  /** The error of a call that does not, and its exit code. */
  refusal(argv: readonly string[], options?: RunOptions): Promise<Told & {exit: number | null}>
  /** A new repository, links resolved. */
  repository(name: string, options?: {commit?: boolean}): Promise<string>
  git(folder: string, ...args: string[]): Promise<string>
  configure(toml: string): Promise<string>
  close(): Promise<void>
}

export async function makeMachine(): Promise<Machine> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
  const home = path.join(folder, 'home')
  await mkdir(home)
  await writeFile(
    path.join(home, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n',
  )
  const env: NodeJS.ProcessEnv = {
    HOME: home,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    CODEX_PLANNER_CACHE_DIR: compiled,
    CODEX_HOME: path.join(home, 'codex'),
    CODEX_ORCHESTRATOR_CODEX_EXECUTABLE: 'no-codex-on-this-machine',
  }
  const run: Machine['run'] = (argv, options = {}) =>
    runProgram(process.execPath, [program, ...argv], {cwd: folder, ...options, env: {...env, ...options.env}})
  const git: Machine['git'] = async (at, ...args) => {
    const {code, stdout, stderr} = await runProgram('git', args, {cwd: at, env})
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const json: Machine['json'] = async <Result>(argv: readonly string[], options?: RunOptions) => {
    const {code, stdout, stderr} = await run(withJson(argv), options)
    if (code !== 0 || stderr !== '') throw new Error(`${argv.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as Result
  }
  const refusal: Machine['refusal'] = async (argv, options) => {
    const {code, stdout, stderr} = await run(withJson(argv), options)
    if (code === 0 || stderr !== '') throw new Error(`${argv.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    const {error, ...rest} = JSON.parse(stdout) as {error: Told}
    if (Object.keys(rest).length > 0) throw new Error(`There is more than an error: ${stdout}`)
    return {...error, exit: code}
  }
  return {
    folder,
    home,
    env,
    run,
    json,
    refusal,
    git,
    repository: async (name, {commit = true} = {}) => {
      const root = path.join(folder, name)
      await mkdir(root)
      await git(root, 'init', '-q')
      if (commit) await git(root, 'commit', '-q', '--allow-empty', '-m', 'First commit')
      return root
    },
    configure: async toml => {
      const file = path.join(home, 'config', 'codex-orchestrator', 'config.toml')
      await mkdir(path.dirname(file), {recursive: true})
      await writeFile(file, toml)
      return file
    },
    close: () => rm(folder, {recursive: true, force: true, maxRetries: 5}),
  }
}

/** Everything behind `--` is no flag. */
function withJson(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return end < 0 ? [...argv, '--json'] : argv.toSpliced(end, 0, '--json')
}

export function runProgram(
  file: string,
  args: readonly string[],
  {cwd, env, input = '', timeout = 120_000}: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    })
    const parts = {stdout: '', stderr: ''}
    child.stdout.setEncoding('utf8').on('data', text => (parts.stdout += text))
    child.stderr.setEncoding('utf8').on('data', text => (parts.stderr += text))
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({code, signal, ...parts}))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

/** Every file, folder and link below a folder, with its content, so that two looks can be compared. */
export async function wholeTree(folder: string): Promise<Record<string, string>> {
  // Whoever reads a board may note what its text says: that can be made again, and is nobody's.
  const names = (await namesBelow(folder)).filter(name => !/codex-planner\/index-[^/]+\.json$/.test(name)).toSorted()
  const entries = await Promise.all(
    names.map(async name => {
      const file = path.join(folder, name)
      const found = await lstat(file)
      if (found.isSymbolicLink()) return [name, `link to ${await readlink(file)}`]
      if (found.isDirectory()) return [name, `folder ${found.mode.toString(8)}`]
      if (!found.isFile()) return [name, 'something else']
      return [name, `${found.mode.toString(8)} ${(await readFile(file)).toString('latin1')}`]
    }),
  )
  return Object.fromEntries(entries)
}

/** Without what links lead to, into which a recursive `readdir` goes. */
async function namesBelow(folder: string, prefix = ''): Promise<string[]> {
  const entries = await readdir(path.join(folder, prefix), {withFileTypes: true})
  const names = entries.map(async entry => {
    const name = path.join(prefix, entry.name)
    return entry.isDirectory() ? [name, ...(await namesBelow(folder, name))] : [name]
  })
  return (await Promise.all(names)).flat()
}
