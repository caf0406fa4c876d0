import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {PluginHost} from '@codex-planner/plugin-api'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {errorCode} from '../src/error-code.ts'
import {privateSocket, socketPath} from '../src/socket.ts'
import {askTmux, runTmux} from '../src/tmux.ts'

export interface ThrowAway {
  host: PluginHost
  folder: string
  /** Hosts of further servers, which end with this one. */
  others: PluginHost[]
  remove: () => Promise<void>
}

/** A host whose tmux server listens in a folder of its own and ends with the test, whatever still runs there. */
export async function throwAwayHost(name = 'state', env: NodeJS.ProcessEnv = {}): Promise<ThrowAway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cp-'))
  const {TMUX: _, TMUX_PANE: __, ...clean} = process.env
  const host = testPluginHost({stateFolder: await mkdtemp(path.join(folder, name)), env: {...clean, ...env}})
  const others: PluginHost[] = []
  async function remove(): Promise<void> {
    for (const one of [host, ...others]) await endServer(one)
    await rm(folder, {recursive: true, force: true})
  }
  return {host, folder, others, remove}
}

/** By its pid, and waits: the next server would find the socket taken. */
export async function endServer(host: PluginHost, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  const pid = await serverPid(host)
  if (pid === undefined) return
  send(signal, pid)
  await until('the server has ended', async () => (await serverPid(host)) === undefined)
}

export async function serverPid(host: PluginHost): Promise<number | undefined> {
  const {exitCode, stdout} = await runTmux(host, socketPath(host), [['display-message', '-p', '#{pid}']])
  return exitCode === 0 ? Number(stdout) : undefined
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
  started(): Promise<number>
}

export async function scriptIn(folder: string, name: string, body: string = LASTING): Promise<Script> {
  const home = path.join(folder, name)
  await mkdir(home)
  const file = path.join(home, 'run.sh')
  await writeFile(file, `cd "\${0%/*}" || exit 1\n${body}\n`)
  return {
    file,
    folder: home,
    async started() {
      let pid = ''
      await until(`${name} has started`, async () => (pid = (await textOf(path.join(home, 'started'))) ?? '') !== '')
      return Number(pid)
    },
  }
}

/** Undefined while there is no such file. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}

export function isRunning(pid: number): boolean {
  return send(0, pid)
}

/** False when there is no such process. */
function send(signal: 'SIGTERM' | 'SIGKILL' | 0, pid: number): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
    return false
  }
}

export interface Viewer {
  shows(): Promise<string>
  press(key: string): Promise<void>
}

/** A person's terminal: a pane of a second throw-away server, in which a line is run. */
export async function viewer(throwAway: ThrowAway, line: string): Promise<Viewer> {
  const folder = await mkdtemp(path.join(throwAway.folder, 'viewer-'))
  const host = testPluginHost({stateFolder: folder, env: throwAway.host.env})
  throwAway.others.push(host)
  const socket = await privateSocket(host)
  await askTmux(host, socket, [
    ['new-session', '-d', '-s', 'person', '-x', '150', '-y', '30', '--', '/bin/sh', '-c', line],
  ])
  return {
    shows: () => askTmux(host, socket, [['capture-pane', '-p', '-t', '=person:']]),
    press: async key => {
      await askTmux(host, socket, [['send-keys', '-t', '=person:', key]])
    },
  }
}
