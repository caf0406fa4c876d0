import {existsSync} from 'node:fs'
import {chmod, mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import {commandLine, pids} from '../../src/system/process.ts'
import {type Machine, makeMachine, runProgram} from '../commands/machine.ts'

const HELLO = [
  {
    id: 1,
    method: 'initialize',
    params: {protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {name: 'codex', version: '1'}},
  },
  {method: 'notifications/initialized'},
  {id: 2, method: 'tools/list', params: {}},
].map(message => JSON.stringify({jsonrpc: '2.0', ...message}))

/** What stands in for Codex does when it is to start a session, and then stays until it is ended. */
export const STAND_INS = {
  /** As Codex does: it starts its tool server, asks for its tools, and keeps it. */
  withTools: `{ printf '%s\\n' ${HELLO.map(line => `'${line}'`).join(' ')}; exec tail -f /dev/null; } | "$CODEX_ORCHESTRATOR_CLI" serve-mcp \\
  --role worker --session "$CODEX_ORCHESTRATOR_SESSION" --repo-path "$CODEX_ORCHESTRATOR_PROJECT" \\
  --run "$CODEX_ORCHESTRATOR_RUN" >/dev/null`,
  /** Says by itself that it is up, for many sessions of which only the records count. */
  alone: `run=$CODEX_ORCHESTRATOR_PROJECT/.codex/state/runs/$CODEX_ORCHESTRATOR_RUN
printf 'pid=%s\\nat=%s\\n' "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$run/ready.tmp" && mv "$run/ready.tmp" "$run/ready"
exec sleep 86400`,
}

/** A throw-away machine on which sessions are started in tmux, whatever else the real one has to do, with a stand-in for Codex. */
export async function teamMachine(standIn: string): Promise<Machine> {
  const machine = await makeMachine()
  const file = path.join(machine.folder, 'codex')
  await writeFile(
    file,
    `#!/bin/sh
case "$1" in
  --no-daemon) ;;
  --version) echo codex-cli 0.169.0; exit ;;
  mcp) echo '[]'; exit ;;
  *) exit ;;
esac
${standIn}
`,
  )
  await chmod(file, 0o755)
  await mkdir(path.join(machine.home, 'codex'))
  Object.assign(machine.env, {
    TERM: 'xterm-256color',
    CODEX_ORCHESTRATOR_CODEX_EXECUTABLE: file,
    CODEX_ORCHESTRATOR_TERMINAL_BACKEND: 'tmux',
    CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1: '10000',
    CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB: '0',
  })
  return {
    ...machine,
    close: async () => {
      await endTerminals(machine)
      await machine.close()
    },
  }
}

/** The tmux server of that machine, with all sessions in it, and what still runs there after that. */
async function endTerminals({folder, home, env}: Machine): Promise<void> {
  const socket = path.join(home, 'state', 'codex-orchestrator', 'plugins', 'terminal-tmux', 'tmux.sock')
  if (existsSync(socket)) {
    const {code, stdout} = await runProgram('tmux', ['-S', socket, 'list-sessions', '-F', '#{pid}'], {env})
    if (code === 0) process.kill(Number(stdout.split('\n')[0]), 'SIGTERM')
  }
  for (let tries = 0; tries < 100 && processesNaming(folder).length > 0; tries += 1) await delay(200)
  for (const pid of processesNaming(folder)) process.kill(pid, 'SIGKILL')
}

/** Processes with that text in their command line, but not this one. */
export function processesNaming(text: string): number[] {
  return pids().filter(pid => pid !== process.pid && commandLine(pid).includes(text))
}
