import {dirname} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'

/** What node:fs throws, told apart by its code alone. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/** Runs file work on `file`; what the operator can put right becomes a sentence, the rest is thrown as it is. */
export async function onFile<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw sentence(file, error) ?? error
  }
}

function sentence(file: string, error: unknown): PlannerError | undefined {
  const folder = dirname(file)
  const look = [pasteable(['ls', '-ld', folder, file])]
  const unsafe = (text: string, commands: string[]) => new PlannerError('UNSAFE_FILE', text, commands, {cause: error})
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return unsafe(`There is no space left in ${folder}; nothing was changed.`, [pasteable(['df', '-h', folder])])
  }
  if (hasCode(error, 'EROFS')) {
    return unsafe(`${folder} is on a read-only file system; nothing was changed.`, [pasteable(['df', '-h', folder])])
  }
  if (hasCode(error, 'EACCES', 'EPERM')) return unsafe(`${file} is not accessible to this user.`, look)
  if (hasCode(error, 'ELOOP')) return unsafe(`${file} is a symbolic link, and links are not followed here.`, look)
  if (hasCode(error, 'EISDIR')) return unsafe(`${file} is a folder, not a plain file.`, look)
  if (hasCode(error, 'ENOTDIR')) return unsafe(`${folder} is not a folder.`, look)
  if (hasCode(error, 'ENXIO')) return unsafe(`${file} is a pipe, socket or device, not a plain file.`, look)
  return undefined
}

export function notPlainFile(file: string, kind: string): PlannerError {
  return new PlannerError('UNSAFE_FILE', `${file} is ${kind}, not a plain file.`, [pasteable(['ls', '-ld', file])])
}
