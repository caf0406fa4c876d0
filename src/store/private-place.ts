import {lstatSync, mkdirSync, realpathSync} from 'node:fs'
import {dirname} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {hasCode, onFile} from './file-error.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'

const BY_EVERYONE = 0o002
const STICKY = 0o1000

/**
 * Makes the folder, mode 0700, and checks that nobody else can change what stands in it. The folders above it are trusted unless everyone
 * may exchange what they hold. @throws PlannerError UNSAFE_FILE
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  const above = dirname(folder)
  await onFile(above, async () => {
    try {
      mkdirSync(above, {recursive: true, mode: 0o700})
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EEXIST')) throw error
      throw new PlannerError('UNSAFE_FILE', `The folder ${above} cannot be made.`, [pasteable(['mkdir', '-p', above])])
    }
  })
  await ensureFolder(folder, 0o700, {below: above})
  requirePrivateFolder(folder)
}

/** Whether it is there, and then nobody else's to change. @throws PlannerError UNSAFE_FILE */
export async function isPrivateFolder(folder: string): Promise<boolean> {
  const above = dirname(folder)
  if (!(await isFolder(folder, {below: above}))) return false
  requirePrivateFolder(folder)
  return true
}

function requirePrivateFolder(folder: string): void {
  requireOwn(folder, '700')
  for (let above = realpathSync(dirname(folder)); ; above = dirname(above)) {
    const {mode} = lstatSync(above)
    if ((mode & BY_EVERYONE) !== 0 && (mode & STICKY) === 0) throw writableByEveryone(above, ['chmod', 'o-w', above])
    if (above === dirname(above)) return
  }
}

/** That a plain file is ours and nobody else's to change; no file is fine. @throws PlannerError UNSAFE_FILE */
export async function requirePrivateFile(file: string): Promise<void> {
  try {
    requireOwn(file, '600')
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

function requireOwn(path: string, mode: string): void {
  const found = lstatSync(path)
  const own = process.geteuid?.()
  if (own !== undefined && found.uid !== own) {
    throw new PlannerError('UNSAFE_FILE', `${path} belongs to another user (${found.uid}), so it is not trusted.`, [
      pasteable(['sudo', 'chown', String(own), path]),
    ])
  }
  if (!found.isSymbolicLink() && (found.mode & BY_EVERYONE) !== 0) throw writableByEveryone(path, ['chmod', mode, path])
}

function writableByEveryone(path: string, remedy: string[]): PlannerError {
  return new PlannerError(
    'UNSAFE_FILE',
    `${path} is writable by every user of this machine, so what it holds is not trusted.`,
    [pasteable(remedy)],
  )
}
