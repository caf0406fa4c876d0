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
    throw fileFault(file, error) ?? error
  }
}

/** Work that only keeps order, such as old copies: where the disk refuses, the next time does. What came before it stands. */
export async function tidying(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const refused = error instanceof PlannerError ? error.code === 'UNSAFE_FILE' : hasCode(error, ...DISK)
    if (!refused) throw error
  }
}

const DISK = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM']

/** The same for what was thrown where nobody expects it: any look at a file can fail on a disk with errors. */
export function fileFaultOf(error: unknown): PlannerError | undefined {
  const file: unknown = error instanceof Error && !(error instanceof PlannerError) ? Reflect.get(error, 'path') : null
  return typeof file === 'string' ? fileFault(file, error) : undefined
}

/** What a failed file operation means for whoever reads it; undefined when it means nothing that the operator can put right. */
export function fileFault(file: string, error: unknown): PlannerError | undefined {
  const folder = dirname(file)
  const look = [pasteable(['ls', '-ld', folder, file])]
  const unsafe = (text: string, commands: string[]) => new PlannerError('UNSAFE_FILE', text, commands, {cause: error})
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return unsafe(`There is no space left in ${folder}.`, [pasteable(['df', '-h', folder])])
  }
  if (hasCode(error, 'EROFS')) {
    return unsafe(`${folder} is on a read-only file system.`, [pasteable(['df', '-h', folder])])
  }
  if (hasCode(error, 'EIO')) {
    const text = `The disk reports an error at ${file}.`
    return unsafe(text, [pasteable(['df', '-h', folder])])
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
