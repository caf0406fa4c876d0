import {execFileSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {expect} from 'chai'

import {type RunOptions, runProgram} from '../commands/machine.ts'

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

/** What a program and all that it starts ask the kernel for, line by line as strace tells it, without what failed. */
export async function traced(
  argv: readonly string[],
  kinds: string,
  file: string,
  options: RunOptions,
): Promise<string[]> {
  const {code, stderr} = await runProgram(
    'strace',
    ['-fqq', '-s', '4096', '-e', `trace=${kinds}`, '-o', file, ...argv],
    options,
  )
  expect(code, stderr).to.equal(0)
  return (await readFile(file, 'utf8')).split('\n').filter(line => !/ = -1 /.test(line))
}
