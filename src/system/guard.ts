import {spawn} from 'node:child_process'

/**
 * Is told whom it guards, waits for the end of its input, then asks that one to end and kills it after ten seconds. Without having been told it
 * ends nobody.
 */
const SCRIPT = `read -r target || exit
read -r _
kill -s TERM -- "$target" 2>/dev/null || exit
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  kill -s 0 -- "$target" 2>/dev/null || exit
done
kill -s KILL -- "$target" 2>/dev/null`

/** Ends a command when this process is killed without a chance to do so. */
export interface Guard {
  watch(pid: number, options: {group: boolean}): void
  /** Sends it home. */
  dismiss(): void
}

/**
 * A shell, in a session of its own, that holds the other end of a pipe. It is there before the command is, for starting it takes long enough to be
 * killed meanwhile.
 */
export function startGuard(): Guard {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'codex-planner-guard'], {
    detached: true,
    cwd: '/',
    env: {PATH: '/usr/bin:/bin'},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Where there is no shell there is no guard; the command runs all the same.
  guard.on('error', () => undefined)
  guard.stdin.on('error', () => undefined)
  guard.unref()
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  return {
    watch: (pid, {group}) => guard.stdin.write(`${group ? '-' : ''}${pid}\n`),
    dismiss: () => guard.kill('SIGKILL'),
  }
}
