import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'

/** Starts one of the scripts in `processes/` as a process of its own. */
export function start(script: string, ...args: string[]): ChildProcess {
  const path = join(import.meta.dirname, 'processes', script)
  return spawn(process.execPath, [path, ...args], {stdio: ['ignore', 'pipe', 'inherit']})
}

/** All it prints until it ends. */
export async function output(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', chunk => {
    text += String(chunk)
  })
  await once(child, 'close')
  return text
}
