import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'

/** Starts one of the scripts in `processes/` as a process of its own. */
export function start(script: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [pathOf(script), ...args], {stdio: ['ignore', 'pipe', 'inherit']})
}

/** Lets it run while nothing else happens here. Returns all it prints. */
export function runToEnd(script: string, ...args: string[]): string {
  return execFileSync(process.execPath, [pathOf(script), ...args], {encoding: 'utf8'})
}

function pathOf(script: string): string {
  return join(import.meta.dirname, 'processes', script)
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
