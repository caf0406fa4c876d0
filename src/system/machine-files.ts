import {existsSync, readdirSync, readFileSync, realpathSync, statSync} from 'node:fs'
import {userInfo} from 'node:os'
import path from 'node:path'

import {type Mount, parseMountinfo} from '../domain/mounts.ts'
import {isNodeError} from './node-error.ts'

/** What is mounted, as this process sees it; undefined on a system that does not tell. */
export function mounts(file = '/proc/self/mountinfo'): Mount[] | undefined {
  const text = textOf(file)
  return text === undefined ? undefined : parseMountinfo(text)
}

/** The path itself with its links resolved, or the nearest folder above it that is there. */
export function existingPart(file: string): string {
  let at = path.resolve(file)
  while (!existsSync(at) && at !== path.dirname(at)) at = path.dirname(at)
  return realpathSync(at)
}

export interface Ownership {
  /** Null where users have no numbers. */
  isOwn: boolean | null
  isRoots: boolean
  /** Anybody may make files in it. */
  isOpen: boolean
  /** There, only its owner may rename or remove a file. */
  isSticky: boolean
}

export function ownershipOf(folder: string): Ownership {
  const {uid, mode} = statSync(folder)
  return {
    isOwn: process.getuid ? uid === process.getuid() : null,
    isRoots: uid === 0,
    isOpen: (mode & 0o002) !== 0,
    isSticky: (mode & 0o1000) !== 0,
  }
}

/** The texts of systemd-logind's configuration, in the order in which later ones count. */
export function logindFiles(root = '/'): string[] {
  const folders = ['usr/lib', 'run', 'etc'].map(folder => path.join(root, folder, 'systemd'))
  const main = folders.findLast(folder => existsSync(path.join(folder, 'logind.conf')))
  const dropIns = new Map(
    folders.flatMap(folder => {
      const below = path.join(folder, 'logind.conf.d')
      return namesIn(below)
        .filter(name => name.endsWith('.conf'))
        .map(name => [name, path.join(below, name)] as const)
    }),
  )
  const ordered = [...dropIns].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
  return [...(main === undefined ? [] : [path.join(main, 'logind.conf')]), ...ordered].flatMap(
    file => textOf(file) ?? [],
  )
}

/** Whether what is started from here belongs to a manager of this user that goes on when they are logged out. */
export function outlivesLogout(root = '/'): boolean {
  const lingers = existsSync(path.join(root, 'var/lib/systemd/linger', userInfo().username))
  return lingers && /\/user@\d+\.service\//.test(textOf(path.join(root, 'proc/self/cgroup')) ?? '')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES'))
      return []
    throw error
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'EACCES')) return undefined
    throw error
  }
}
