// Runs the compiled program again and again in one process, as `bin/run.js` runs it once: for tests with many calls. See `manyCalls`.
import {createRequire} from 'node:module'
import path from 'node:path'
import type {Typed} from '../../src/main.ts'
import type {Call, Outcome} from './many-calls.ts'

const root = path.resolve(import.meta.dirname, '../..')
const {run} = createRequire(import.meta.url)('../../dist/bundle/codex-planner.cjs') as {
  run: (root: string, typed: Typed) => Promise<void>
}
const own = {...process.env}
const exit = process.exit.bind(process)

process.on('message', (call: Call) => {
  void answer(call).then(outcome => process.send?.(outcome))
})
process.on('disconnect', () => exit(0))

async function answer({argv, cwd, env, searches = false}: Call): Promise<Outcome> {
  for (const name of Object.keys(process.env)) if (!(name in own)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, own, env)
  process.chdir(cwd)
  let ended: number | undefined
  const note = (code = 0): void => {
    ended ??= code
  }
  process.exit = note as typeof process.exit
  process.exitCode = undefined
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)]
  try {
    await run(root, {argv, searches})
  } finally {
    stdout.end()
    stderr.end()
    // One is left by every answer that is printed at once.
    process.stdout.removeAllListeners('drain')
  }
  // oclif leaves the code of an answer in JSON to the end of the process.
  const exitCode: unknown = Reflect.get(process, 'exitCode')
  return {code: ended ?? Number(exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text()}
}

function captured(stream: NodeJS.WriteStream): {text: () => string; end: () => void} {
  const parts: string[] = []
  const write = (part: string | Uint8Array, ...rest: unknown[]): boolean => {
    parts.push(typeof part === 'string' ? part : Buffer.from(part).toString('utf8'))
    for (const done of rest) if (typeof done === 'function') done()
    return true
  }
  const original = Object.getOwnPropertyDescriptor(stream, 'write')
  Object.defineProperty(stream, 'write', {value: write, configurable: true, writable: true})
  return {
    text: () => parts.join(''),
    end: () => {
      if (original) Object.defineProperty(stream, 'write', original)
      else Reflect.deleteProperty(stream, 'write')
    },
  }
}
