import {spawn} from 'node:child_process'
import {constants} from 'node:fs'
import {open} from 'node:fs/promises'

/**
 * Starts a program that outlives its caller, and resolves with its pid. What it prints goes into the log, a file of mode 0600, or nowhere.
 * @throws Error when it cannot be started
 */
export async function startDetached(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  log?: string,
): Promise<number> {
  const [program = '', ...args] = argv
  const {O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW} = constants
  const file = log === undefined ? undefined : await open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    const output = file?.fd ?? 'ignore'
    const child = spawn(program, args, {detached: true, stdio: ['ignore', output, output], env, cwd})
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(Number(child.pid)))
      child.once('error', reject)
    })
    child.unref()
    return pid
  } finally {
    await file?.close()
  }
}
