import {chmodSync, closeSync, fsyncSync, lstatSync, mkdirSync, openSync, type Stats} from 'node:fs'
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
      if (!realFolder(part) && made(part)) chmodSync(part, mode)
    })
  }
}

function made(folder: string): boolean {
  try {
    mkdirSync(folder, 0o700)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST') && realFolder(folder)) return false
    throw error
  }
}

/** Whether it is there, made of real folders only. @throws PlannerError UNSAFE_FILE */
export async function isFolder(folder: string, {below}: Below): Promise<boolean> {
  for (const part of components(folder, below)) {
    if (!(await onFile(part, async () => realFolder(part)))) return false
  }
  return true
}

function components(folder: string, below: string): string[] {
  const names = relative(below, folder).split(sep)
  if (names[0] === '..' || names[0] === '') throw new TypeError(`${folder} is not below ${below}`)
  return names.map((_, index) => join(below, ...names.slice(0, index + 1)))
}

function realFolder(folder: string): boolean {
  try {
    const found = lstatSync(folder)
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
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
