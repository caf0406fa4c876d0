import {readdirSync} from 'node:fs'
import {readdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {parentOf, pids, probeProcess, processesOfRun} from '../../src/system/process.ts'
import {eventually, type World} from '../support/world.ts'

const ANOTHER_BOOT = '0b007ed0-0000-4000-8000-000000000000'

/**
 * What a machine is like after its power went and came back: no process of the team, no socket, an empty temporary
 * folder, and records of an earlier boot. All processes stop before the first of them ends, so that none notices it.
 */
export async function cutPower(world: World): Promise<void> {
  const runs = path.join(world.root, '.codex', 'state', 'runs')
  const {code, stdout} = await world.tmux('list-sessions', '-F', '#{pid}')
  const server = code === 0 ? Number(stdout.split('\n')[0]) : undefined
  let team: number[] = []
  for (let found = await ofTeam(server, runs); found.length > team.length; found = await ofTeam(server, runs)) {
    team = found
    for (const pid of team) signal(pid, 'SIGSTOP')
  }
  for (const pid of team) signal(pid, 'SIGKILL')
  await eventually('all processes of the team to be gone', async () => !team.some(isThere))
  const state = path.join(world.env['XDG_STATE_HOME'] ?? '', 'codex-orchestrator')
  await rm(path.join(state, 'plugins', 'terminal-tmux', 'tmux.sock'), {force: true})
  const temporary = world.env['TMPDIR'] ?? ''
  if (temporary !== '')
    for (const name of readdirSync(temporary)) await rm(path.join(temporary, name), {recursive: true})
  for (const run of await readdir(runs)) {
    for (const file of ['owner', 'hello'])
      await replace(path.join(runs, run, file), /^boot=.*$/m, `boot=${ANOTHER_BOOT}`)
  }
  await replace(path.join(state, 'leases.yaml'), /^boot: .*$/m, `boot: ${ANOTHER_BOOT}`)
}

/** What hangs below the terminal server, if there is one, and what carries the name of a start, wherever it moved. */
async function ofTeam(server: number | undefined, runs: string): Promise<number[]> {
  const named = await Promise.all((await readdir(runs)).map(processesOfRun))
  const parents = new Map(pids().map(pid => [pid, parentOf(pid)]))
  const team = new Set([...(server ? [server] : []), ...named.flat()])
  for (let size = 0; size < team.size; ) {
    size = team.size
    for (const [pid, parent] of parents) if (parent !== undefined && team.has(parent)) team.add(pid)
  }
  return [...team].filter(isThere)
}

function isThere(pid: number): boolean {
  return probeProcess(pid).found.present
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
}

async function replace(file: string, pattern: RegExp, text: string): Promise<void> {
  const old = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isGone(error)) return undefined
    throw error
  })
  if (old !== undefined) await writeFile(file, old.replace(pattern, text))
}
