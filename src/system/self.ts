import {fileURLToPath} from 'node:url'

/** How to call this program again from anywhere: an absolute Node and an absolute script, since PATH may name neither. */
export function selfCommand(): [string, string] {
  return [process.execPath, fileURLToPath(new URL('../../bin/run.js', import.meta.url))]
}

/** Starts a command of this program that outlives its caller, as one that ends the caller's own session must. */
export async function startDetached(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  const {spawn} = await import('node:child_process')
  const [node, script] = selfCommand()
  const child = spawn(node, [script, ...args], {detached: true, stdio: 'ignore', env, cwd})
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  child.unref()
}
