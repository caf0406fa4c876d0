import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {PluginHost} from '@codex-planner/plugin-api'
import {processes} from '../../../src/system/processes.ts'
import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {endScreens} from '../../../test/support/screens.ts'
import {errorCode} from '../src/error-code.ts'
import {socketFolder} from '../src/sockets.ts'

export interface ThrowAway {
  host: PluginHost
  folder: string
  remove: () => Promise<void>
}

/** A host whose screens listen in a folder of its own and end with the test, whatever still runs in them. */
export async function throwAwayHost({
  name = 'state-',
  env = {},
  settings = {},
}: {
  name?: string
  env?: NodeJS.ProcessEnv
  settings?: Readonly<Record<string, unknown>>
} = {}): Promise<ThrowAway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cp-'))
  const {STY: _, SCREENDIR: __, ...clean} = process.env
  const stateFolder = await mkdtemp(path.join(folder, name))
  const host = testPluginHost({stateFolder, env: {...clean, ...env}, settings})
  async function remove(): Promise<void> {
    await endScreens(folder)
    await rm(socketFolder(host), {recursive: true, force: true})
    await rm(folder, {recursive: true, force: true, maxRetries: 5})
  }
  return {host, folder, remove}
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}.`)
    await setTimeout(20)
  }
}

/** Runs until it is ended from outside, and says so first. */
export const LASTING = 'echo $$ >started.new; mv started.new started; while :; do sleep 1; done'

export interface Script {
  file: string
  folder: string
  /** The pid it wrote. */
  started(): Promise<number>
  /** What it wrote to a file beside it; waits until it is there. */
  wrote(file: string): Promise<string>
}

export async function scriptIn(folder: string, name: string, body: string = LASTING): Promise<Script> {
  const home = path.join(folder, name)
  await mkdir(home)
  const file = path.join(home, 'run.sh')
  await writeFile(file, `cd "\${0%/*}" || exit 1\n${body}\n`)
  async function wrote(name: string): Promise<string> {
    let text: string | undefined
    await until(`${name} is there`, async () => (text = await textOf(path.join(home, name))) !== undefined)
    return text ?? ''
  }
  return {file, folder: home, wrote, started: async () => Number(await wrote('started'))}
}

/** Undefined while there is no such file. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}

/** One that ended and was not waited for yet runs no more. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await processes.identify(pid)) !== undefined
}

/** False when there is no such process. */
export function send(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT', pid: number): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
    return false
  }
}
