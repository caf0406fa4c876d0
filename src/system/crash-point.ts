import {CRASH_AT} from '../domain/intent.ts'

/** Ends this process without a word at the point that a test names, such as `start/worktree`: after that step, before it is noted. */
export function crashPoint(env: Readonly<Record<string, string | undefined>>, point: string): void {
  if (env[CRASH_AT] === point) process.kill(process.pid, 'SIGKILL')
}
