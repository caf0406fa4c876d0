import {randomUUID} from 'node:crypto'
import {mkdir} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import type * as api from '@codex-planner/plugin-api'

import {INSTALL, lookArguments, openArguments, PROGRAM} from './program.ts'
import {processOf, readRecord, refuse, tidy} from './record.ts'

const WINDOW = fileURLToPath(new URL('../window.sh', import.meta.url))
/** Milliseconds until a terminal that does not come is given up. */
const PATIENCE = 10_000

/** Without the members that dtach has no answer for: `screen`, `hints`, `type` and `dashboard`. */
export function terminalBackend(host: api.PluginHost): api.TerminalBackend {
  return {
    name: PROGRAM,
    api: 1,
    // Below 0, `auto` never takes it.
    autoRank: -1,
    check: () => check(host),
    open: request => open(host, request),
    survey: refs => survey(host, refs),
    close: ref => close(host, ref),
    wayBack: ({socket}) => ({command: [programOf(host), ...lookArguments(String(socket))]}),
  }
}

async function check(host: api.PluginHost): Promise<api.Readiness> {
  const program = host.findProgram(PROGRAM)
  if (program === undefined) return {ready: false, reason: `${PROGRAM} is not installed.`, remedy: INSTALL}
  if (await host.processes.identify(process.pid)) return {ready: true, detail: program}
  return {ready: false, reason: 'The system has no /proc that tells processes apart.', remedy: 'ls /proc/self/stat'}
}

/** Everybody who asks opens a terminal. The one whose program says first which process it is stays; the others end at once. */
async function open(host: api.PluginHost, {id, session, script}: api.OpenTerminal): Promise<api.TerminalRef> {
  const folder = path.join(host.stateFolder, id)
  await mkdir(folder, {recursive: true, mode: 0o700})
  const found = await readRecord(folder)
  if (found) return found
  const socket = randomUUID().slice(0, 8)
  const args = openArguments(path.join(folder, socket), ['/bin/sh', WINDOW, folder, script, socket])
  const {exitCode, stdout, stderr} = await host.run(programOf(host), args, {env: bare(host.env), cwd: '/'})
  const end = performance.now() + (exitCode === 0 ? PATIENCE : 0)
  do {
    const opened = await readRecord(folder)
    if (opened) return opened
    await setTimeout(25)
  } while (performance.now() < end)
  // From here on the script will not begin, however late its terminal comes.
  const late = await refuse(folder)
  if (late) return late
  const said = `${stdout}${stderr}`.trim() || 'nothing'
  throw new Error(
    `No terminal for ${session}: window.sh did not begin. ${PROGRAM} ended with ${exitCode}, and said: ${said}`,
  )
}

/** Asks the system, not the program: a socket that is not there, or does not answer, proves no end. */
async function survey({processes}: api.PluginHost, refs: readonly api.TerminalRef[]): Promise<api.TerminalState[]> {
  const known = refs.map(processOf)
  const states = await processes.statesOf(known.flatMap(each => each ?? []))
  return known.map(each => (each && states.shift()) ?? 'unknown')
}

async function close(host: api.PluginHost, ref: api.TerminalRef): Promise<api.TerminalState> {
  const known = processOf(ref)
  if (!known) return 'unknown'
  const state = await host.processes.end(known)
  await tidy(host, known)
  return state
}

function programOf(host: api.PluginHost): string {
  const program = host.findProgram(PROGRAM)
  if (program === undefined) throw new Error(`${PROGRAM} is not installed.`)
  return program
}

/** The session's own variables come with its script. All others are of whoever opens it, who may be a session, too. */
function bare(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter(name => /^(HOME|PATH|LANG|LC_.*|SHELL|USER|LOGNAME)$/.test(name))
  return {...Object.fromEntries(names.map(name => [name, env[name]])), TERM: 'xterm-256color'}
}
