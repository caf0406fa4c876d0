import {spawn} from 'node:child_process'

/** Waits for the end of its input, then asks `$1` to end and kills it after ten seconds. */
const SCRIPT = `read -r _
kill -s TERM -- "$1" 2>/dev/null || exit
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  kill -s 0 -- "$1" 2>/dev/null || exit
done
kill -s KILL -- "$1" 2>/dev/null`

/**
 * Ends a command when this process is killed without a chance to do so: a shell, in a session of its own, holds the other end of a pipe.
 * Returns how to send it home.
 */
export function guardCommand(pid: number, {group}: {group: boolean}): () => void {
  const target = group ? `-${pid}` : String(pid)
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'codex-planner-guard', target], {
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
  return () => guard.kill('SIGKILL')
}
