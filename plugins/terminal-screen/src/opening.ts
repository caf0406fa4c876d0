import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

import type {OpenTerminal, PluginHost} from '@codex-planner/plugin-api'

import {takeAway} from './ending.ts'
import {screenProgram, startArguments, startEnvironment, tell} from './screen-program.ts'
import type {ScreenRef} from './screen-ref.ts'
import {SETTINGS} from './settings.ts'
import {privateSocketFolder, screenName} from './sockets.ts'
import {readWindow, sweep, takeBack, type WindowFolder, windowFolder} from './window-folder.ts'
import {literal, oneLine} from './words.ts'

const PROGRAM = fileURLToPath(new URL('../window.sh', import.meta.url))

/** Milliseconds until a window that does not come is given up. */
const PATIENCE = 15_000

/** Whoever asks starts a screen; of several at once, the window that says first which process it is stays, and the others end. */
export async function openWindow(
  host: PluginHost,
  request: OpenTerminal,
  patience: number = PATIENCE,
): Promise<ScreenRef> {
  requirePath(request.script)
  const name = screenName(request.project, request.session)
  const sockets = await privateSocketFolder(host)
  const folder = await windowFolder(host.stateFolder, request.id)
  const found = await readWindow(folder, sockets)
  if (found) return found
  await makeRoom(host, name, await sweep(host, sockets, request.id, Date.now()))
  const screen = await startScreen(host, folder, {name, sockets, request})
  const opened = await windowOf(folder, sockets, patience, screen.hasEnded)
  if (opened) {
    // As a screen starts, it takes a title for Latin-1.
    await tell(host, opened, ['title', literal(oneLine(request.title) || request.session)])
    return opened
  }
  if (!(await takeBack(folder))) {
    const late = await readWindow(folder, sockets)
    if (late) return late
  }
  throw new Error(`screen opened no terminal for ${request.session}. ${screen.complaint() || 'It says nothing.'}`)
}

/** A window that stayed because its program failed makes room for the next start of its session. */
async function makeRoom(host: PluginHost, name: string, left: readonly ScreenRef[]): Promise<void> {
  for (const window of left) if (window.screen.endsWith(`.${name}`)) await takeAway(host, window)
}

async function startScreen(
  host: PluginHost,
  folder: WindowFolder,
  {name, sockets, request}: {name: string; sockets: string; request: OpenTerminal},
): Promise<{hasEnded: () => Promise<boolean>; complaint: () => string}> {
  const {command_key} = host.readSettings(SETTINGS)
  const argv = ['/bin/sh', PROGRAM, folder.folder, request.script]
  const pid = await host.start(screenProgram(host), startArguments(name, command_key, argv), {
    env: startEnvironment(host, sockets, command_key),
    cwd: path.dirname(request.script),
    log: folder.log,
  })
  const started = await host.processes.identify(pid)
  let complaint = ''
  return {
    hasEnded: async () => {
      if (started && (await host.processes.statesOf([started]))[0] !== 'gone') return false
      complaint = oneLine(await readFile(folder.log, 'utf8').catch(String), 300)
      return true
    },
    complaint: () => complaint,
  }
}

/** Undefined when there is nothing more to wait for, or the time is up. */
async function windowOf(
  folder: WindowFolder,
  sockets: string,
  patience: number,
  isOver: () => Promise<boolean>,
): Promise<ScreenRef | undefined> {
  const end = performance.now() + patience
  while (performance.now() < end) {
    const over = await isOver()
    const window = await readWindow(folder, sockets)
    if (window || over) return window
    await setTimeout(25)
  }
  return undefined
}

function requirePath(script: string): void {
  if (!path.isAbsolute(script)) throw new RangeError(`${script} is not an absolute path.`)
  if (/[\0\p{Cs}]/u.test(script)) throw new RangeError('NUL and halves of characters cannot be passed to a program.')
}
