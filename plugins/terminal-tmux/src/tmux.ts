import {fileURLToPath} from 'node:url'

import type {PluginHost, ProgramResult} from '@codex-planner/plugin-api'

import {commandLine, commandLines} from './quoting.ts'

export type Command = readonly string[]

const CONFIGURATION = fileURLToPath(new URL('../tmux.conf', import.meta.url))
const PASSED_ON = new Set(['HOME', 'PATH', 'LANG', 'SHELL', 'USER', 'LOGNAME', 'TERM'])

/** Runs commands on the server behind a socket, until one fails. Without `cwd` it stands in `/`: a server keeps the folder it was started in. */
export async function runTmux(
  host: PluginHost,
  socket: string,
  commands: readonly Command[],
  options: {input?: string; cwd?: string} = {},
): Promise<ProgramResult> {
  const program = tmuxProgram(host)
  const run = {cwd: '/', ...options, env: bareEnvironment(host.env), timeout: 5000}
  let told: ProgramResult = {exitCode: 0, stdout: '', stderr: ''}
  for (const line of commandLines(commands)) {
    const {exitCode, stdout, stderr} = await host.run(program, [...server(socket), ...line], run)
    told = {exitCode, stdout: told.stdout + stdout, stderr: told.stderr + stderr}
    if (exitCode !== 0) break
  }
  return told
}

/** The same, where an exit code other than 0 is an error. */
export async function askTmux(...call: Parameters<typeof runTmux>): Promise<string> {
  const {exitCode, stdout, stderr} = await runTmux(...call)
  if (exitCode !== 0) throw new Error(`tmux says: ${stderr.trim() || `exit code ${exitCode ?? 'none'}`}`)
  return stdout
}

/** The argv of one command, for a person's own terminal: the server runs already, and should it not, nobody's configuration is read. */
export function tmuxArgv(host: PluginHost, socket: string, command: Command): string[] {
  return [tmuxProgram(host), ...server(socket, '/dev/null'), ...commandLine([command])]
}

/** Without `-u`, tmux answers in underscores where the locale is not UTF-8. */
function server(socket: string, configuration = CONFIGURATION): string[] {
  return ['-u', '-S', socket, '-f', configuration]
}

function tmuxProgram(host: PluginHost): string {
  const program = host.findProgram('tmux')
  if (program === undefined) throw new Error('tmux is not installed.')
  return program
}

/** The first call leaves its environment in the server for good, and every later session would inherit it. */
function bareEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.has(name) || name.startsWith('LC_')))
}
