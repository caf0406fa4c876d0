import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {constants} from 'node:os'
import path from 'node:path'
import {isatty} from 'node:tty'
import {startGuard} from './guard.ts'
import {isNodeError} from './node-error.ts'
import {endTree, signalTree} from './process-group.ts'

/** A command that runs with our own standard input, output and error. */
export interface RunningCommand {
  pid: number
  /** Whether it leads a process group of its own. */
  group: boolean
  /** As a shell tells it: the exit code, or 128 and the number of the signal that ended it. */
  ended: Promise<number>
  /** To it and everything that it started; to nobody once it has ended. */
  signal(signal: NodeJS.Signals): void
  /** Asks all of it to end, and kills what is left after the time. */
  end(graceMs: number): Promise<void>
}

/** Codes of a shell for a command that never began. */
export interface NotStarted {
  code: 126 | 127
  sentence: string
}

/**
 * Starts a command without a shell. At a terminal it shares our process group, so that it may read and Ctrl+C reaches it as any other
 * command; elsewhere it gets a group of its own, which can be signalled as a whole. It is ended when this process is killed.
 * @param variable `NAME=value` of `env`, by which it is known when that happens while it is being started.
 */
export async function startCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  variable?: string,
): Promise<RunningCommand | NotStarted> {
  const [program = '', ...args] = argv
  const group = !isAtTerminal()
  const guard = startGuard(variable)
  try {
    const child = spawn(program, args, {stdio: 'inherit', detached: group, env})
    // At once, before anything is waited for.
    if (child.pid !== undefined) guard.watch(child.pid, {group})
    let isOver = false
    const ended = new Promise<number>(resolve => {
      child.once('exit', (code, signal) => {
        isOver = true
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
      })
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    const pid = child.pid ?? 0
    void ended.finally(() => guard.dismiss())
    const signal = (name: NodeJS.Signals) => (isOver ? undefined : signalTree(pid, {group}, name))
    return {pid, group, ended, signal, end: graceMs => endTree(pid, {group}, graceMs)}
  } catch (error) {
    guard.dismiss()
    if (!isNodeError(error)) throw error
    return error.code === 'ENOENT'
      ? notFound(program)
      : {code: 126, sentence: `${program} cannot be started (${error.code}).`}
  }
}

/** Whether somebody can sit at one of our ends. `process.stdin` would do more than tell: it makes a pipe non-blocking. */
function isAtTerminal(): boolean {
  return [0, 1, 2].some(fd => isatty(fd))
}

function notFound(program: string): NotStarted {
  return {code: 127, sentence: `${program} was not found.`}
}

/** What keeps a command from being started at all; undefined when there is such a program. */
export function missingCommand(program: string, env: NodeJS.ProcessEnv): NotStarted | undefined {
  const files = program.includes('/')
    ? [program]
    : (env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, program))
  return program !== '' && files.some(file => existsSync(file)) ? undefined : notFound(program)
}

/** Hands these signals over instead of ending by them; returns how to stop that. */
export function onSignals(signals: readonly NodeJS.Signals[], handle: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, handle)
  return () => {
    for (const signal of signals) process.off(signal, handle)
  }
}
