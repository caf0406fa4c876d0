import {readFile} from 'node:fs/promises'

import {errorCode} from './error-code.ts'

/** The variables that a process's parent was started with; none where one may not look. */
export async function variablesOfParent(pid: number): Promise<Record<string, string>> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(untold)
  // The name in the second field may hold anything.
  const [, parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const text = await readFile(`/proc/${parent}/environ`, 'utf8').catch(untold)
  return Object.fromEntries(text.split('\0').map(line => line.split(/=(.*)/s, 2)))
}

function untold(error: unknown): string {
  if (errorCode(error) === undefined) throw error
  return ''
}
