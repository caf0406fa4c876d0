import {existsSync} from 'node:fs'
import {mkdir} from 'node:fs/promises'
import path from 'node:path'

import {
  OTHER_TOOL_SERVER,
  registration,
  TOOL_PLUGIN,
  TOOL_SERVER,
  type ToolServer,
  withoutPlugins,
} from '../domain/codex-command.ts'
import {PlannerError} from '../domain/errors.ts'
import {pasteable} from '../domain/shell.ts'
import {withLock} from '../store/lock.ts'
import {hostPaths} from '../store/paths.ts'
import {appendTable, codexConfigFile, hasToolServers} from '../system/codex-config.ts'
import {isNodeError} from '../system/node-error.ts'
import {findProgram} from '../system/program.ts'
import {selfCommand} from '../system/self.ts'
import type {Finding} from './checks/finding.ts'
import type {Host} from './host.ts'

/**
 * Registers our tools for the Codex sessions that a person starts without us, once. A registration that stands is theirs, under either
 * name, and stays as it is; the team's own sessions bring their tools along and need none, so what cannot be registered stops nothing.
 */
export async function registerTools(host: Host): Promise<string | {skipped: string}> {
  const lock = hostPaths(host.env).registrationLock
  await mkdir(path.dirname(lock), {recursive: true, mode: 0o700})
  return withLock(lock, async () => {
    if (await isRegistered(host)) return {skipped: `${TOOL_SERVER} is registered`}
    const why = await register(host)
    return why === null ? `registered ${TOOL_SERVER}` : {skipped: `${why} The team has its tools all the same`}
  })
}

async function isRegistered(host: Host): Promise<boolean> {
  return (await host.codex().toolServers()).some(({name}) => name === TOOL_SERVER)
}

/** Null when it is done, else the reason why not, as a sentence. */
async function register(host: Host): Promise<string | null> {
  const codex = host.codex()
  const command = [...selfCommand(), 'serve-mcp']
  const env = registeredVariables(host)
  const file = codexConfigFile(host.codexHome)
  try {
    if (!(await hasToolServers(file))) {
      await codex.registerToolServer(TOOL_SERVER, command, env)
      return null
    }
    const table = registration(TOOL_SERVER, command, env)
    if (await appendTable(file, table, () => accepted(host))) return null
    return `Codex does not accept another tool server at the end of ${file}.`
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'CODEX_FAILED') return `${error.message.replace(/\.$/, '')}.`
    if (isNodeError(error) && ['EACCES', 'EPERM', 'EROFS'].includes(error.code ?? ''))
      return `${file} cannot be written.`
    throw error
  }
}

async function accepted(host: Host): Promise<boolean> {
  try {
    return await isRegistered(host)
  } catch (error) {
    if (error instanceof PlannerError && error.code === 'CODEX_FAILED') return false
    throw error
  }
}

/** Codex starts tool servers with an almost empty environment, so where things are is written into the registration. */
function registeredVariables({env, codexHome}: Host): Record<string, string> {
  const folders = ['XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME']
  return {
    ...Object.fromEntries(folders.flatMap(name => (env[name] ? [[name, env[name]]] : []))),
    ...(env.CODEX_HOME ? {CODEX_HOME: codexHome} : {}),
    ...(env.CODEX_ORCHESTRATOR_CONFIG ? {CODEX_ORCHESTRATOR_CONFIG: hostPaths(env).config} : {}),
  }
}

/** Which tool servers Codex has, and whether those of ours can still be started. It changes nothing. */
export async function registrationFinding(host: Host): Promise<Finding> {
  const codex = host.codex()
  const [servers, plugins] = [await codex.toolServers(), await codex.plugins(TOOL_PLUGIN)]
  const own = new Set((await codex.toolServers(withoutPlugins(plugins))).map(({name}) => name))
  const remedy = (name: string) =>
    pasteable(own.has(name) ? ['codex', 'mcp', 'remove', name] : ['codex', 'plugin', 'remove', plugins[0] ?? ''])
  const ours = servers.filter(({name}) => name === TOOL_SERVER || name === OTHER_TOOL_SERVER)
  for (const server of ours) {
    const {name} = server
    if (server.command === undefined) {
      const detail = `${name} is registered as an address in the network`
      if (name !== TOOL_SERVER)
        return {status: 'warning', detail: `${detail}, not as this program`, remedy: remedy(name)}
      return {
        status: 'failed',
        detail: `${detail}; Codex refuses to start a session of the team so`,
        remedy: remedy(name),
      }
    }
    const missing = missingProgram(host, server)
    if (missing !== null)
      return {
        status: 'warning',
        detail: `${name} is registered with ${missing}, which is not there`,
        remedy: remedy(name),
      }
  }
  if (servers.length === 0)
    return {status: 'ok', detail: 'none registered; codex-planner registers its own at launch', remedy: null}
  return {status: 'ok', detail: `registered: ${servers.map(({name}) => name).join(', ')}`, remedy: null}
}

/** The program of a registration, or the script it is to run, when that is gone: what an installation that was removed leaves behind. */
function missingProgram(host: Host, {command, args}: ToolServer & {command: string}): string | null {
  if (findProgram(command, host.env, undefined) === undefined) return command
  const [script] = args
  return script !== undefined && path.isAbsolute(script) && !existsSync(script) ? script : null
}
