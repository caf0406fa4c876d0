import {mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost, ProcessIdentity} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'
import {type ScreenRef, screenProcess, screenRef} from './screen-ref.ts'

/** The folder of one start, below the plugin's state folder, where nobody but the user can read or write. */
export interface WindowFolder {
  folder: string
  /** Which process the window's program is; written by itself, once. */
  window: string
  /** What screen complains about. */
  log: string
}

export async function windowFolder(stateFolder: string, id: string): Promise<WindowFolder> {
  if (!/^[a-z0-9-]{1,64}$/.test(id)) throw new RangeError(`${JSON.stringify(id)} cannot be the id of a terminal.`)
  const folder = path.join(stateFolder, 'windows', id)
  await mkdir(folder, {recursive: true, mode: 0o700})
  return foundIn(folder)
}

function foundIn(folder: string): WindowFolder {
  const file = (name: string) => path.join(folder, name)
  return {folder, window: file('window'), log: file('log')}
}

/** Undefined as long as the window's program has not said all. */
export async function readWindow({folder, window}: WindowFolder, sockets: string): Promise<ScreenRef | undefined> {
  const text = await readFile(window, 'utf8').catch(absent)
  if (text === undefined || !text.endsWith('\n')) return undefined
  const said = Object.fromEntries(text.split('\n').map(line => line.split(/=(.*)/s, 2)))
  const {pid, started, boot = '', pidns = '', screen = '', screen_started, window: number = ''} = said
  return screenRef({
    pid: Number(pid),
    started: Number(started),
    boot,
    pidns,
    screen,
    screen_started: Number(screen_started),
    window: number,
    sockets,
    folder,
  })
}

/** Whether the window's program had not begun: then it never will, however late it comes. */
export async function takeBack({folder, window}: WindowFolder): Promise<boolean> {
  try {
    await writeFile(window, 'taken back', {flag: 'wx', mode: 0o600})
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return false
  }
  await rm(folder, {recursive: true, force: true})
  return true
}

/** A start that came to nothing has no record after an hour. */
const HOUR_MS = 3_600_000

/**
 * Removes what earlier starts left, other than this one: those whose program is proven to have ended. Where screen still shows how it failed,
 * the folder stays.
 *
 * @returns the windows that stay to be read
 */
export async function sweep(
  {stateFolder, processes}: PluginHost,
  sockets: string,
  keep: string,
  now: number,
): Promise<ScreenRef[]> {
  const isGone = async (identity: ProcessIdentity) => (await processes.statesOf([identity]))[0] === 'gone'
  const all = path.join(stateFolder, 'windows')
  const left: ScreenRef[] = []
  for (const name of await readdir(all)) {
    const folder = path.join(all, name)
    if (name === keep) continue
    const window = await readWindow(foundIn(folder), sockets)
    if (window && !(await isGone(window))) continue
    if (window && !(await isGone(screenProcess(window)))) left.push(window)
    else if (window || now - (await changedAt(folder, now)) > HOUR_MS) await rm(folder, {recursive: true, force: true})
  }
  return left
}

async function changedAt(file: string, otherwise: number): Promise<number> {
  const found = await stat(file).catch(absent)
  return found?.mtimeMs ?? otherwise
}

function absent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error
}
