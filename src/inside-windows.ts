import {existsSync} from 'node:fs'
import {release} from 'node:os'

/** Whether this may be Linux inside Windows, which oclif has another name for; it then looks more closely, at more than is worth its time elsewhere. */
export function mayBeInsideWindows(): boolean {
  if (process.platform !== 'linux') return false
  return /microsoft/i.test(release()) || ['/proc/sys/fs/binfmt_misc/WSLInterop', '/run/WSL'].some(existsSync)
}
