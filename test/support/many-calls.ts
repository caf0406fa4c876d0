import {fork} from 'node:child_process'
import {once} from 'node:events'
import path from 'node:path'

export interface Call {
  argv: readonly string[]
  cwd: string
  env?: Record<string, string>
  /** Whether oclif looks for plugins, as it does when a person has installed some. */
  searches?: boolean
}

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

export interface ManyCalls {
  /** One call at a time. */
  run(call: Call): Promise<Outcome>
  /** Ends the process as a machine would; a call that is under way is rejected. */
  kill(): Promise<void>
  close(): Promise<void>
}

/**
 * The compiled program in one process for many calls, where a start for each would take ten times as long. Arguments may be longer here than
 * the 128 KiB that the system lets a new process have, as they may be in a call of a tool.
 */
export function manyCalls(env: NodeJS.ProcessEnv, {preload}: {preload?: string} = {}): ManyCalls {
  const child = fork(path.join(import.meta.dirname, 'program-server.ts'), {
    env,
    execArgv: preload === undefined ? [] : ['--import', preload],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const end = once(child, 'exit')
  return {
    async run(call) {
      child.send(call)
      const outcome = await Promise.race([once(child, 'message'), end.then(() => undefined)])
      if (outcome === undefined) throw new Error(`The program ended during ${call.argv.join(' ').slice(0, 200)}.`)
      return outcome[0] as Outcome
    },
    async kill() {
      child.kill('SIGKILL')
      await end
    },
    async close() {
      child.disconnect()
      await end
    },
  }
}
