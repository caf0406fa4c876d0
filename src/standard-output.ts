import {fstatSync, writeSync} from 'node:fs'

import {isNodeError} from './system/node-error.ts'

/** `codex-planner list-tasks | head -1` closes the pipe early: that is no fault. Else the answer is not where it was asked for. */
function endUnwritten(error: unknown): void {
  if (!isNodeError(error) || error.syscall !== 'write') throw error
  if (error.code === 'EPIPE') process.exit(0)
  try {
    writeSync(2, `The answer cannot be written (${error.code}).\nTry this: df -h\n`)
  } finally {
    process.exit(1)
  }
}

const made = {stdout: true, stderr: true}

/**
 * Node makes the streams of a process when they are first asked for, and loads all of its networking for it. From now on that is noticed, and a
 * stream that cannot be written ends the program.
 */
export function watchStandardStreams(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const own = Object.getOwnPropertyDescriptor(process, name)
    if (own?.get === undefined) continue
    made[name] = false
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get(): NodeJS.WriteStream {
        Object.defineProperty(process, name, own)
        made[name] = true
        const stream = process[name]
        stream.on('error', endUnwritten)
        return stream
      },
    })
  }
}

/** Writes all of it to standard output, if need be after what others have written to its stream. */
export function print(text: string): void {
  if (made.stdout) {
    process.stdout.write(text)
    return
  }
  let rest: Uint8Array = Buffer.from(text)
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest))
  } catch (error) {
    // Who shares the pipe has asked not to be kept waiting on it; the stream waits by itself.
    if (isNodeError(error) && error.code === 'EAGAIN') process.stdout.write(rest)
    else endUnwritten(error)
  }
}

/** Whether anything may be on its way to standard output in its stream. */
export function hasStandardStream(): boolean {
  return made.stdout
}

/** How many columns a terminal shows; undefined for what is none. */
export function terminalColumns(): number | undefined {
  return made.stdout || fstatSync(1).isCharacterDevice() ? process.stdout.columns : undefined
}
