import {type ChildProcess, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {accessSync, constants} from 'node:fs'
import {chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Readable} from 'node:stream'
import {setTimeout as delay} from 'node:timers/promises'

import type {PluginHost} from '@codex-planner/plugin-api'

import {processes} from '../../../src/system/processes.ts'
import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {type DisplayKind, EMULATOR, EMULATORS} from '../src/emulators.ts'
import {errorCode} from '../src/error-code.ts'
import {listens} from '../src/knock.ts'

/** The emulators that tests run. */
export const TESTED = EMULATORS.filter(name => !EMULATOR[name].untested)

/** Programs the tests run, and the packages they are in. */
const PROGRAMS = {
  Xvfb: 'xvfb',
  cage: 'cage',
  // Cage does not start without it.
  Xwayland: 'xwayland',
  ...Object.fromEntries(TESTED.map(name => [name, name === 'konsole' ? 'konsole qtwayland5' : name])),
  'dbus-daemon': 'dbus dbus-x11',
  xwininfo: 'x11-utils',
  xprop: 'x11-utils',
}

/** A screen that nobody sees and a session bus, both of their own. */
export interface ThrowAwayDesktop {
  folder: string
  /** The variables that lead to it. */
  display: NodeJS.ProcessEnv
  /** All that a program needs to open a window there, with folders of its own for settings. */
  env: NodeJS.ProcessEnv
  /** A plugin's host that stands on this desktop, with a state folder of its own. */
  host(wishes?: {env?: NodeJS.ProcessEnv; settings?: Record<string, unknown>}): Promise<PluginHost>
  /** Id and title of each window, the ones of window managers' making left out. */
  windows(): Promise<{id: string; title: string; name: string; pid: number | undefined}[]>
  /** Ends the screen, as a log-out does. */
  endScreen(): Promise<void>
  close(): Promise<void>
}

/** @throws Error with the line that installs what is missing */
export function requirePrograms(): void {
  const missing = Object.entries(PROGRAMS).filter(([name]) => programOf(name) === undefined)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ')
  throw new Error(
    `${missing.map(([name]) => name).join(', ')} cannot be found. Try this: sudo apt-get install -y --no-install-recommends ${packages}`,
  )
}

function programOf(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map(folder => path.join(folder, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch (error) {
        if (errorCode(error) === undefined) throw error
        return false
      }
    })
}

export async function throwAwayDesktop(kind: DisplayKind = 'x'): Promise<ThrowAwayDesktop> {
  requirePrograms()
  const folder = await mkdtemp(path.join(tmpdir(), 'cpd-'))
  const file = (name: string) => path.join(folder, name)
  for (const name of ['run', 'config/glib-2.0/settings']) await mkdir(file(name), {recursive: true, mode: 0o700})
  // Closing a window whose program runs asks first, by default.
  await writeFile(file('config/glib-2.0/settings/keyfile'), '[org/gnome/terminal/legacy]\nconfirm-close=false\n')
  await writeFile(file('authority'), authority(randomBytes(16)), {mode: 0o600})
  const inherited = {HOME: process.env['HOME'], PATH: process.env['PATH'], LANG: 'C.UTF-8'}
  const {screen, at} = kind === 'x' ? await xScreen(inherited, file('authority')) : await waylandScreen(inherited)
  const folders = Object.fromEntries(
    ['CONFIG', 'DATA', 'CACHE', 'STATE'].map(name => [`XDG_${name}_HOME`, file(name.toLowerCase())]),
  )
  const env = {...inherited, ...folders, ...at, XDG_RUNTIME_DIR: file('run')}
  const bus = spawn(
    'dbus-daemon',
    ['--session', '--nofork', '--print-address=3', `--address=unix:path=${file('run')}/bus`],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      // Whoever is started by the bus has the environment of the bus.
      env: {...env, GSETTINGS_BACKEND: 'keyfile', NO_AT_BRIDGE: '1'},
    },
  )
  const DBUS_SESSION_BUS_ADDRESS = await lineFrom(bus)
  const display = {...at, XDG_RUNTIME_DIR: file('run'), DBUS_SESSION_BUS_ADDRESS}
  const whole = {...env, DBUS_SESSION_BUS_ADDRESS}
  let count = 0

  async function host({env = {}, settings = {}}: Parameters<ThrowAwayDesktop['host']>[0] = {}): Promise<PluginHost> {
    const stateFolder = file(`a state; $(touch x) 'q' ${++count}`)
    await mkdir(stateFolder, {mode: 0o700})
    return testPluginHost({stateFolder, settings, env: {...whole, ...env}})
  }

  async function ask(program: string, args: readonly string[]): Promise<string> {
    const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'ignore'], env: whole, timeout: 10_000})
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
    await once(child, 'close')
    return text
  }

  async function windows() {
    const tree = await ask('xwininfo', ['-root', '-tree', '-int'])
    const found = [...tree.matchAll(/^ {5}(\d+) .*\("([^"]*)" "(?:XTerm|Gnome-terminal|kitty|Alacritty|konsole)"\)/gm)]
    return Promise.all(
      found.map(async ([, id = '', name = '']) => {
        const text = await ask('xprop', ['-id', id, '-notype', 'WM_NAME', '_NET_WM_PID'])
        const title = /^WM_NAME = "(.*)"$/m.exec(text)?.[1] ?? ''
        const pid = /^_NET_WM_PID = (\d+)$/m.exec(text)?.[1]
        return {id, name, title, pid: pid === undefined ? undefined : Number(pid)}
      }),
    )
  }

  async function close(): Promise<void> {
    await end(screen)
    await end(bus)
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      for (const pid of await startedHere(file('run'))) send(pid, signal)
      await until(
        'what was started there to end',
        async () => (await startedHere(file('run'))).length === 0,
        3000,
      ).catch(ignoreImpatience)
    }
    await rm(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 100})
  }

  return {folder, display, env: whole, host, windows, endScreen: () => end(screen), close}
}

interface Screen {
  screen: ChildProcess
  at: NodeJS.ProcessEnv
}

async function xScreen(env: NodeJS.ProcessEnv, XAUTHORITY: string): Promise<Screen> {
  const screen = spawn(
    'Xvfb',
    // With -noreset a screen without a window stays as it is; else it would begin anew, and refuse whoever comes meanwhile.
    ['-displayfd', '3', '-noreset', '-screen', '0', '1400x900x24', '-nolisten', 'tcp', '-auth', XAUTHORITY],
    {stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env},
  )
  return {screen, at: {DISPLAY: `:${await lineFrom(screen)}`, XAUTHORITY}}
}

/** Cage does not run for root. */
const NOBODY = process.getuid?.() === 0 ? {uid: 65_534, gid: 65_534} : {}

/** A Wayland compositor without a screen or a graphics card, which ends with its first program: `cat`, at the end of its input. */
async function waylandScreen(env: NodeJS.ProcessEnv): Promise<Screen> {
  const runtime = await mkdtemp(path.join(tmpdir(), 'cpw-'))
  if (NOBODY.uid !== undefined) await chown(runtime, NOBODY.uid, NOBODY.gid)
  const screen = spawn('cage', ['--', 'cat'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: runtime,
    env: {
      ...{PATH: env['PATH'], HOME: runtime, XDG_RUNTIME_DIR: runtime},
      ...{WLR_BACKENDS: 'headless', WLR_RENDERER: 'pixman', WLR_LIBINPUT_NO_DEVICES: '1'},
    },
    ...NOBODY,
  })
  screen.once('exit', () => void rm(runtime, {recursive: true, force: true}))
  const socket = path.join(runtime, 'wayland-0')
  await until('cage to listen', async () => {
    if (screen.exitCode !== null) throw new Error(`cage ended with ${screen.exitCode}.`)
    return listens(socket)
  })
  return {screen, at: {WAYLAND_DISPLAY: socket}}
}

class Impatience extends Error {}

function ignoreImpatience(error: unknown): void {
  if (!(error instanceof Impatience)) throw error
}

/** An entry for every address and every display. */
function authority(cookie: Buffer): Buffer {
  const counted = (bytes: Buffer) => Buffer.concat([number(bytes.length), bytes])
  const number = (value: number) => Buffer.from([value >> 8, value & 255])
  const parts = ['', '', 'MIT-MAGIC-COOKIE-1'].map(text => counted(Buffer.from(text)))
  return Buffer.concat([number(65_535), ...parts, counted(cookie)])
}

async function lineFrom(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3] as Readable
  let text = ''
  pipe.setEncoding('utf8').on('data', (part: string) => (text += part))
  await until(`${child.spawnfile} to say where it is`, async () => {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}.`)
    return text.includes('\n')
  })
  return text.trim()
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.stdin) child.stdin.end()
  else child.kill('SIGTERM')
  const late = new AbortController()
  await Promise.race([
    ended,
    delay(5000, undefined, {signal: late.signal})
      .then(() => child.kill('SIGKILL'))
      .catch(() => undefined),
  ])
  late.abort()
  await ended
}

/** Processes that have this runtime folder in their environment. */
async function startedHere(runtime: string): Promise<number[]> {
  const mark = `XDG_RUNTIME_DIR=${runtime}\0`
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async pid => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(unseen)
      return environment.includes(mark) && (await processes.identify(pid)) ? [pid] : []
    }),
  )
  return found.flat()
}

/** For what cannot be read of a process: it is gone, or somebody else's. */
export function unseen(error: unknown): string {
  if (errorCode(error) === undefined) throw error
  return ''
}

export async function until(what: string, holds: () => Promise<boolean>, patience = 20_000): Promise<void> {
  const end = performance.now() + patience
  while (!(await holds())) {
    if (performance.now() > end) throw new Impatience(`Waited in vain: ${what}.`)
    await delay(25)
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  if (!(pid > 1)) throw new RangeError(`${pid} is no process of a test's.`)
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
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
