import type {Stats} from 'node:fs'
import {chmod, lstat, mkdir, open} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {hasCode, onFile} from './file-error.ts'

export interface Below {
  /** A folder that is trusted as it is. Every component after it must be a real folder. */
  below: string
}

/** Makes what is missing, with exactly this mode. @throws PlannerError UNSAFE_FILE */
export async function ensureFolder(folder: string, mode: number, {below}: Below): Promise<void> {
  for (const part of components(folder, below)) {
    await onFile(part, async () => {
      if ((await realFolder(part)) || !(await made(part))) return
      await chmod(part, mode)
    })
  }
}

async function made(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, 0o700)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await realFolder(folder))) return false
    throw error
  }
}

/** Whether it is there, made of real folders only. @throws PlannerError UNSAFE_FILE */
export async function isFolder(folder: string, {below}: Below): Promise<boolean> {
  for (const part of components(folder, below)) {
    if (!(await onFile(part, () => realFolder(part)))) return false
  }
  return true
}

function components(folder: string, below: string): string[] {
  const names = relative(below, folder).split(sep)
  if (names[0] === '..' || names[0] === '') throw new TypeError(`${folder} is not below ${below}`)
  return names.map((_, index) => join(below, ...names.slice(0, index + 1)))
}

async function realFolder(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder)
    if (found.isDirectory()) return true
    throw notFolder(folder, found)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

function notFolder(folder: string, found: Stats): PlannerError {
  const what = found.isSymbolicLink() ? 'a symbolic link' : 'a file'
  return new PlannerError('UNSAFE_FILE', `${folder} is ${what}, not a real folder.`, [pasteable(['ls', '-ld', folder])])
}

/** Makes renames and new names in it survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
