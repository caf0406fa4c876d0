import {execFileSync} from 'node:child_process'
import {existsSync} from 'node:fs'

/** Whether strace is there, and nothing forbids it, as some containers do. */
export function mayTrace(): boolean {
  if (!existsSync('/usr/bin/strace')) return false
  try {
    execFileSync('/usr/bin/strace', ['-qq', '-o', '/dev/null', '/bin/true'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error && 'status' in error) return false
    throw error
  }
}
