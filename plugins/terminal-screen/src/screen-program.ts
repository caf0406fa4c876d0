import {fileURLToPath} from 'node:url'

import type {PluginHost, ProgramResult} from '@codex-planner/plugin-api'

const CONFIGURATION = fileURLToPath(new URL('../screenrc', import.meta.url))
const PASSED_ON = new Set(['HOME', 'PATH', 'LANG', 'SHELL', 'USER', 'LOGNAME'])
const ANSWER_MS = 5000

export function screenProgram(host: PluginHost): string {
  const program = host.findProgram('screen')
  if (program === undefined) throw new Error('screen is not installed.')
  return program
}

/** Detached, and as this very process: it ends with its last window. A shell takes no part in it. */
export function startArguments(name: string, commandKey: string, argv: readonly string[]): string[] {
  const escape = `^${commandKey.toUpperCase()}${commandKey}`
  return ['-U', '-c', CONFIGURATION, '-e', escape, '-D', '-m', '-S', name, ...argv]
}

/** What a screen is started with; every window inherits it. */
export function startEnvironment(host: PluginHost, sockets: string, commandKey: string): NodeJS.ProcessEnv {
  return {
    ...callEnvironment(host, sockets),
    // Read by the configuration, which tells the person.
    CODEX_PLANNER_COMMAND_KEY: `Ctrl+${commandKey}`,
  }
}

/** Where one window of one screen is reached. */
export interface Address {
  sockets: string
  screen: string
  window: string
}

/** Gives commands to a screen, in order, and waits until it has dealt with them. Whether they could be done it does not say. */
export async function command(
  host: PluginHost,
  to: Address,
  ...commands: readonly (readonly string[])[]
): Promise<void> {
  for (const words of commands) require(await call(host, to, ['-X', ...words]))
  // A call with `-X` may end before the command is done. This is answered after it.
  require(await call(host, to, ['-Q', 'number']))
}

/** Gives one command to a screen, whether or not anybody is there to hear it. */
export async function tell(host: PluginHost, to: Address, words: readonly string[]): Promise<void> {
  try {
    await call(host, to, ['-X', ...words])
  } catch (error) {
    // It took too long, for a screen that hangs or is just ending.
    if (!(error instanceof Error)) throw error
  }
}

function call(host: PluginHost, {sockets, screen, window}: Address, args: readonly string[]): Promise<ProgramResult> {
  const options = {env: callEnvironment(host, sockets), cwd: '/', timeout: ANSWER_MS}
  return host.run(screenProgram(host), ['-U', '-S', screen, '-p', window, ...args], options)
}

function require({exitCode, stdout, stderr}: ProgramResult): void {
  if (exitCode === 0) return
  throw new Error(`screen says: ${`${stdout}${stderr}`.trim() || `exit code ${exitCode ?? 'none'}`}`)
}

function callEnvironment({env}: PluginHost, sockets: string): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(([name]) => PASSED_ON.has(name) || name.startsWith('LC_'))
  return {
    ...Object.fromEntries(passed),
    TERM: env['TERM'] || 'xterm',
    SCREENDIR: sockets,
    // The system's file, which screen would read before ours.
    SYSSCREENRC: '/dev/null',
  }
}
