import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

import type {OpenTerminal, PluginHost} from '@codex-planner/plugin-api'

import type {Choice} from './choice.ts'
import type {DesktopRef} from './desktop-ref.ts'
import {EMULATOR, emulatorNamed} from './emulators.ts'
import {dismiss} from './ending.ts'
import {variablesOfParent} from './parent-process.ts'
import {choicesOf, environmentOn} from './surroundings.ts'
import {oneLine} from './title.ts'
import {
  claimOpening,
  type OpenWindow,
  openerState,
  readWindow,
  sweep,
  takeBack,
  textOf,
  type WindowFolder,
  windowFolder,
} from './window-folder.ts'

const PROGRAM = fileURLToPath(new URL('../window.sh', import.meta.url))

/** Milliseconds until a window that does not come is given up. */
const PATIENCE = 15_000

/**
 * The server of gnome-terminal ends with its last window, and an X server without a window manager begins anew after its last client: whoever
 * asks at that moment is refused.
 */
const ATTEMPTS = 4
const PAUSE = 150

/** One window for one start: who creates the claim opens it, and all others wait for what its program says. */
export async function openWindow(
  host: PluginHost,
  request: OpenTerminal,
  patience: number = PATIENCE,
): Promise<DesktopRef> {
  requirePath(request.script)
  const folder = await windowFolder(host.stateFolder, request.id)
  const title = oneLine(request.title) || request.session
  const found = (await readWindow(folder)) ?? (await foundOrOpened(host, folder, title, request, patience))
  return {...found, display: await shownOn(found), title}
}

/** A server shows its windows on the display where it was started: not always where this one was asked for. */
async function shownOn({emulator, pid, display}: OpenWindow): Promise<string> {
  const row = emulatorNamed(emulator)
  if (!row || !EMULATOR[row].hasServer) return display
  const variables = await variablesOfParent(pid)
  return variables['WAYLAND_DISPLAY'] || variables['DISPLAY'] || display
}

async function foundOrOpened(
  host: PluginHost,
  folder: WindowFolder,
  title: string,
  {id, session, script}: OpenTerminal,
  patience: number,
): Promise<OpenWindow> {
  if (!(await claimOpening(host, folder))) {
    const theirs = await windowOf(folder, patience, async () => (await openerState(host, folder)) !== 'at work')
    if (theirs) return theirs
    const opener = await openerState(host, folder)
    if (opener === 'gave up') throw new Error(`No window could be opened for ${session}; who opened it gave up.`)
    if (opener === 'at work') throw new Error(`The window of ${session} is being opened, and does not come.`)
    // Should a window of theirs come after all, its program finds that another was faster, and ends.
  }
  await sweep(host, id, Date.now())
  const choices = await choicesOf(host)
  const complaints: string[] = []
  for (const choice of Array.isArray(choices) ? choices : []) {
    const opened = await openWith(host, folder, choice, {title, script, patience})
    if (typeof opened !== 'string') return opened
    complaints.push(`${choice.emulator}: ${opened}.`)
  }
  if (!(await takeBack(folder))) {
    const late = await readWindow(folder)
    if (late) return late
  }
  const why = Array.isArray(choices) ? complaints.join(' ') : choices.reason
  throw new Error(`No window could be opened for ${session}. ${why}`)
}

/** What the window's program said, or in words why there is none. */
async function openWith(
  host: PluginHost,
  folder: WindowFolder,
  choice: Choice,
  {title, script, patience}: {title: string; script: string; patience: number},
): Promise<OpenWindow | string> {
  const {emulator, on, display} = choice
  const row = EMULATOR[emulator]
  const program = host.findProgram(emulator)
  if (program === undefined) return 'it is not installed'
  const args = row.argv(title, ['/bin/sh', PROGRAM, folder.folder, script, emulator, display], on)
  let complaint = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const pid = await host.start(program, args, {env: environmentOn(choice, host.env), cwd: '/', log: folder.log})
    const started = await host.processes.identify(pid)
    const hasEnded = async () => !started || (await host.processes.statesOf([started]))[0] === 'gone'
    const opened = await windowOf(folder, patience, hasEnded)
    if (opened) {
      // It would wait with a lot of memory as long as the session lasts.
      if (row.hasServer && started) await dismiss(host, started)
      return opened
    }
    if (started && !(await hasEnded())) {
      await dismiss(host, started)
      return `no window came within ${patience / 1000} s`
    }
    complaint = oneLine((await textOf(folder.log)) ?? '', 300).replace(/[.!…]+$/, '')
    await setTimeout(PAUSE)
  }
  return complaint || 'it ended without a window'
}

/** Undefined when there is nothing more to wait for, or the time is up. */
async function windowOf(
  folder: WindowFolder,
  patience: number,
  isOver: () => Promise<boolean>,
): Promise<OpenWindow | undefined> {
  const end = performance.now() + patience
  while (performance.now() < end) {
    const over = await isOver()
    const window = await readWindow(folder)
    if (window || over) return window
    await setTimeout(25)
  }
  return undefined
}

function requirePath(script: string): void {
  if (!path.isAbsolute(script)) throw new RangeError(`${script} is not an absolute path.`)
  if (/[\0\p{Cs}]/u.test(script)) throw new RangeError('NUL and halves of characters cannot be passed to a program.')
}
