import {spawn} from 'node:child_process'

/** Starts a program that outlives its caller and is heard of no more. @throws Error when it cannot be started */
export async function startDetached(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  const [program = '', ...args] = argv
  const child = spawn(program, args, {detached: true, stdio: 'ignore', env, cwd})
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  child.unref()
}
