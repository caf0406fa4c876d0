import {spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {accessSync, closeSync, constants, openSync, statSync} from 'node:fs'
import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'

import type {PluginHost, ProgramResult, RunOptions, SettingsSchema, StartOptions} from '../plugin-host.ts'
import {errorCode} from './bench.ts'
import {carriersOf, endAll, testProcesses} from './test-processes.ts'

export interface ThrowAwayHost {
  host: PluginHost
  /** Ends all that was started through the host, also what still runs in its terminals, and removes the state folder, also where it was renamed. */
  cleanUp: () => Promise<void>
}

/** Programs that the host starts carry it, and so does what they start: that is how `cleanUp` finds them. */
const MARK = 'PLUGIN_UNDER_TEST'

/**
 * A host like the one that the program gives to a plugin, for its tests: on a state folder of its own, whose name holds what must not be taken
 * for more than text.
 *
 * @param settings what the person has set in the plugin's table
 */
export async function throwAwayHost({
  settings = {},
  env: more = {},
}: {
  settings?: Readonly<Record<string, unknown>>
  env?: NodeJS.ProcessEnv
} = {}): Promise<ThrowAwayHost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'plugin-'))
  const stateFolder = path.join(folder, "a state $HOME 'q'")
  await mkdir(stateFolder, {mode: 0o700})
  const mark = randomUUID()
  const env = {...process.env, ...more}
  const marked = (given: NodeJS.ProcessEnv = env) => ({...given, [MARK]: mark})
  const host: PluginHost = {
    env,
    stateFolder,
    readSettings: schema => readSettings(schema, settings),
    findProgram: name => findProgram(name, env),
    run: (program, args, options = {}) => run(program, args, {...options, env: marked(options.env)}),
    start: (program, args, options = {}) => start(program, args, {...options, env: marked(options.env)}),
    processes: testProcesses,
  }
  async function cleanUp(): Promise<void> {
    await endAll(() => carriersOf(`${MARK}=${mark}`))
    await rm(folder, {recursive: true, force: true, maxRetries: 5})
  }
  return {host, cleanUp}
}

function readSettings<Settings extends object>(
  schema: SettingsSchema<Settings>,
  given: Readonly<Record<string, unknown>>,
): Settings {
  for (const key of Object.keys(given)) if (!Object.hasOwn(schema, key)) throw new Error(`There is no setting ${key}.`)
  const keys = Object.keys(schema) as (keyof Settings & string)[]
  return Object.fromEntries(
    keys.map(key => {
      const rule = schema[key]
      const value = Object.hasOwn(given, key) ? rule.read(given[key]) : rule.default
      if (value === undefined) throw new Error(`${key} is ${JSON.stringify(given[key])}; accepted is ${rule.accepted}.`)
      return [key, value]
    }),
  ) as Settings
}

function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter(folder => path.isAbsolute(folder))
  return folders.map(folder => path.join(folder, name)).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(String(errorCode(error)))) throw error
    return false
  }
}

function run(
  program: string,
  args: readonly string[],
  {input = '', env, cwd, timeout = 10_000}: RunOptions,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {env, cwd})
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(
        new Error(
          `${program} did not end within ${timeout} ms, or left its output open to a program that runs on. For one that stays there is host.start.`,
        ),
      )
    }, timeout)
    const [stdout, stderr]: [string[], string[]] = [[], []]
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text))
    // A program may end without reading its input.
    child.stdin.on('error', error => errorCode(error) === 'EPIPE' || reject(error))
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', code => resolve({exitCode: code ?? undefined, stdout: stdout.join(''), stderr: stderr.join('')}))
    child.on('error', () => clearTimeout(timer)).on('close', () => clearTimeout(timer))
  })
}

function start(program: string, args: readonly string[], {env, cwd = '/', log}: StartOptions): Promise<number> {
  const file = log === undefined ? undefined : openSync(log, 'w', 0o600)
  const output = file ?? 'ignore'
  const child = spawn(program, args, {detached: true, stdio: ['ignore', output, output], env, cwd})
  child.unref()
  return new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(Number(child.pid)))
    child.once('error', reject)
  }).finally(() => file !== undefined && closeSync(file))
}
