import {spawn} from 'node:child_process'

import type {Attach} from './services/terminals.ts'

/** Whether a person sits at both ends. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}

/** Hands this terminal over to the command that goes there, and ends as it ends. Elsewhere the printed line is all. */
export async function goTo({command}: Attach): Promise<void> {
  if (command === null || !isInteractive()) return
  const [program, ...args] = command
  if (program === undefined) return
  const child = spawn(program, args, {stdio: 'inherit'})
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}
