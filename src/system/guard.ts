import {spawn} from 'node:child_process'

/**
 * Is told whom it guards, waits for the end of its input, then asks that one to end and kills it after ten seconds. When the end comes before
 * it has been told, the command may have begun a moment ago, or be about to: then it is known by the variable in its environment.
 */
const SCRIPT = `lives() {
  for one in $targets; do kill -s 0 -- "$one" 2>/dev/null && return; done
  return 1
}
if read -r targets; then
  read -r _
else
  targets=
  [ -n "$1" ] || exit
  for _ in 1 2 3; do
    for file in /proc/[0-9]*/environ; do
      if grep -qsxzF -e "$1" "$file"; then
        pid=\${file#/proc/}
        pid=\${pid%/environ}
        targets="$targets $pid -$pid"
      fi
    done
    [ -z "$targets" ] || break
    sleep 1
  done
fi
[ -n "$targets" ] || exit
kill -s TERM -- $targets 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  lives || exit
  sleep 1
done
kill -s KILL -- $targets 2>/dev/null`

/** Ends a command when this process is killed without a chance to do so. */
export interface Guard {
  watch(pid: number, options: {group: boolean}): void
  /** Sends it home. */
  dismiss(): void
}

/**
 * A shell, in a session of its own, that holds the other end of a pipe. It is there before the command is, for starting it takes long enough to be
 * killed meanwhile.
 * @param variable `NAME=value`, which stands in the environment of the command and of nobody else but what it starts.
 */
export function startGuard(variable?: string): Guard {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'codex-planner-guard', variable ?? ''], {
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
