import {writeSync} from 'node:fs'
import {Writable} from 'node:stream'

import {harmlessJson} from '../domain/text.ts'

const STDOUT = 1
const STDERR = 2
const RETRY_MS = 5

/** One line for whoever started the server. Where nobody reads it any more, it is lost. */
export function logLine(line: string): void {
  try {
    writeSync(STDERR, `codex-planner serve-mcp: ${line}\n`)
  } catch (error) {
    if (!hasCode(error, 'EPIPE') && !hasCode(error, 'EAGAIN')) throw error
  }
}

/**
 * The only way to standard output, for the protocol: whatever else writes to `process.stdout` or the console from now on, a plugin
 * for example, lands on standard error.
 */
export function takeStdout(): Writable {
  process.stdout.write = process.stderr.write.bind(process.stderr)
  return new Writable({
    decodeStrings: false,
    write(message: string, _encoding, done) {
      // Whoever watches the stream watches it in a terminal.
      writeAll(Buffer.from(harmlessJson(message)), done)
    },
  })
}

/** A command that ends the process would end every call with it. Gives back the way out. */
export function blockExit(): typeof process.exit {
  const exit = process.exit.bind(process)
  process.exit = code => {
    throw new Error(`A tool called process.exit(${code ?? ''}).`)
  }
  return exit
}

function writeAll(bytes: Buffer, done: (error?: Error | null) => void): void {
  let rest = bytes
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest))
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) setTimeout(writeAll, RETRY_MS, rest, done)
    else done(error instanceof Error ? error : new Error(String(error)))
    return
  }
  done()
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
