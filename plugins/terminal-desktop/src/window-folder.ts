import {mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost, ProcessIdentity} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'

/** The folder of one window, below the plugin's state folder, where nobody but the user can read or write. */
export interface WindowFolder {
  folder: string
  /** Which process opens the window. */
  opener: string
  /** Which process the window's program is; written by itself, once. */
  window: string
  /** What the emulator complains about. */
  log: string
}

export interface OpenWindow extends ProcessIdentity {
  emulator: string
  display: string
}

const KEY = /^[a-z0-9-]{1,64}$/

export async function windowFolder(stateFolder: string, id: string): Promise<WindowFolder> {
  if (!KEY.test(id)) throw new RangeError(`${JSON.stringify(id)} cannot be the id of a window.`)
  const folder = path.join(stateFolder, 'windows', id)
  await mkdir(folder, {recursive: true, mode: 0o700})
  return foundIn(folder)
}

function foundIn(folder: string): WindowFolder {
  const file = (name: string) => path.join(folder, name)
  return {folder, opener: file('opener'), window: file('window'), log: file('log')}
}

/** Whether this process is the one that opens the window: only one of them can create the file. */
export async function claimOpening({processes}: PluginHost, {opener}: WindowFolder): Promise<boolean> {
  const self = await processes.identify(process.pid)
  return createOnce(opener, JSON.stringify(self ?? null))
}

/** What the one that opens the window is at: `gone` is proven, so that somebody else may open it; `gave up` when it took its claim away. */
export async function openerState(
  {processes}: PluginHost,
  {opener}: WindowFolder,
): Promise<'at work' | 'gone' | 'gave up'> {
  const text = await textOf(opener)
  if (text === undefined) return 'gave up'
  const identity = parsed(text)
  return identity !== null && (await processes.statesOf([identity]))[0] === 'gone' ? 'gone' : 'at work'
}

/** A claim that was cut short says nothing. */
function parsed(text: string): ProcessIdentity | null {
  try {
    return JSON.parse(text) as ProcessIdentity | null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Undefined as long as the window's program has not said all. */
export async function readWindow({window}: WindowFolder): Promise<OpenWindow | undefined> {
  const text = await textOf(window)
  if (text === undefined || !text.endsWith('\n')) return undefined
  const values = Object.fromEntries(text.split('\n').map(line => line.split(/=(.*)/s, 2)))
  const {pid, started, boot, pidns, emulator, display} = values
  if (!pid || !started || !boot || !pidns || !emulator || display === undefined) return undefined
  return {pid: Number(pid), started: Number(started), boot, pidns, emulator, display}
}

/** Whether the window's program had not begun: then it never will, however late it comes. */
export async function takeBack(window: WindowFolder): Promise<boolean> {
  if (!(await createOnce(window.window, 'taken back'))) return false
  await rm(window.folder, {recursive: true, force: true})
  return true
}

/** A window that never was has no record after an hour. */
const HOUR_MS = 3_600_000

/** Removes what earlier windows left, other than this one: those whose program is proven to have ended. */
export async function sweep({stateFolder, processes}: PluginHost, keep: string, now: number): Promise<void> {
  const all = path.join(stateFolder, 'windows')
  for (const name of await readdir(all)) {
    const folder = path.join(all, name)
    if (name === keep) continue
    const window = await readWindow(foundIn(folder))
    const over = window
      ? (await processes.statesOf([window]))[0] === 'gone'
      : now - (await changedAt(folder, now)) > HOUR_MS
    if (over) await rm(folder, {recursive: true, force: true})
  }
}

async function changedAt(file: string, otherwise: number): Promise<number> {
  const found = await stat(file).catch(absent)
  return found?.mtimeMs ?? otherwise
}

async function createOnce(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, {flag: 'wx', mode: 0o600})
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return false
  }
}

export async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(absent)
}

function absent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error
}
