import {closeSync, existsSync, fstatSync, openSync, readSync} from 'node:fs'
import {open, readdir} from 'node:fs/promises'
import {homedir} from 'node:os'
import path from 'node:path'

import type {ToolServer} from '../domain/codex-command.ts'
import {PlannerError} from '../domain/errors.ts'
import {jsonIn} from '../domain/json.ts'
import {isNodeError} from './node-error.ts'
import {runProgram} from './program.ts'

/** Codex's own folder: `CODEX_HOME`, else `~/.codex`. */
export function codexHome(env: NodeJS.ProcessEnv): string {
  return env.CODEX_HOME ? path.resolve(env.CODEX_HOME) : path.join(env.HOME ?? homedir(), '.codex')
}

export type Codex = ReturnType<typeof openCodex>

/** The Codex program of this host, for one call of ours. */
export function openCodex(program: string, env: NodeJS.ProcessEnv) {
  const quiet = {...env, RUST_BACKTRACE: '0'}

  async function codex(args: readonly string[], cwd?: string): Promise<string> {
    const {exitCode, stdout, stderr} = await runProgram(program, args, {
      env: quiet,
      timeout: 20_000,
      ...(cwd === undefined ? {} : {cwd}),
    })
    if (exitCode === 0) return stdout
    const reason = stderr.trim().split('\n').at(-1) ?? ''
    throw new PlannerError(
      'CODEX_FAILED',
      `codex ${args.slice(0, 2).join(' ')}: ${reason || `ended with ${exitCode}`}`,
      ['codex-planner doctor'],
    )
  }

  /** For example `0.169.0`. */
  async function version(): Promise<string> {
    return (await codex(['--version'])).trim().replace(/^codex-cli /, '')
  }

  /** Whether Codex has what it needs to talk to its model; a provider of the person's own may need no login at all. */
  async function login(): Promise<{ok: boolean; summary: string}> {
    // Its exit code also tells of the network, which is not asked here.
    const {stdout} = await runProgram(program, ['doctor', '--json'], {env: quiet, timeout: 30_000})
    const report = jsonIn(stdout) as {checks?: Record<string, {status?: unknown; summary?: unknown}>} | undefined
    const check = report?.checks?.['auth.credentials']
    if (!check) return {ok: false, summary: 'codex doctor does not say whether it is logged in'}
    return {ok: check.status === 'ok', summary: String(check.summary)}
  }

  /** The tool servers that the person has, registered or from plugins: those of a session in this folder with these further settings. */
  async function toolServers(settings: readonly string[] = [], folder?: string): Promise<ToolServer[]> {
    const list: unknown = JSON.parse(await codex(['mcp', 'list', '--json', ...settings], folder))
    return Array.isArray(list) ? list.map(toolServer) : []
  }

  let installed: Promise<InstalledPlugin[]> | undefined

  /** The installed plugins of this name, one for each marketplace it came from, as `name@marketplace`. Codex is asked once, if at all. */
  async function plugins(name: string): Promise<string[]> {
    if (!(await mayHavePlugin(codexHome(env), name))) return []
    try {
      const found = await (installed ??= installedPlugins())
      return found.filter(plugin => plugin.name === name).map(({pluginId}) => String(pluginId))
    } catch (error) {
      installed = undefined
      throw error
    }
  }

  async function installedPlugins(): Promise<InstalledPlugin[]> {
    // A Codex without this command has no plugins, and one that cannot read its configuration says so in every other call.
    const {stdout} = await runProgram(program, ['plugin', 'list', '--json'], {env: quiet, timeout: 20_000})
    return (jsonIn(stdout) as {installed?: InstalledPlugin[]} | undefined)?.installed ?? []
  }

  /** Codex itself writes it, which leaves a configuration without other tool servers as it is. */
  async function registerToolServer(
    name: string,
    command: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<void> {
    const env = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    await codex(['mcp', 'add', name, ...env, '--', ...command])
  }

  /** Leaves a message for a conversation; it is read when its turn is over, or on its next resume. */
  async function queue(conversation: string, message: string): Promise<void> {
    await codex(['queue', '--thread', conversation, '--message', message])
  }

  return {program, version, login, toolServers, plugins, registerToolServer, queue}
}

/** Codex copies a plugin that is installed into a folder of its name, and lists and loads none without. */
async function mayHavePlugin(home: string, name: string): Promise<boolean> {
  const cache = path.join(home, 'plugins', 'cache')
  const marketplaces = await readdir(cache).catch(ifMissing([]))
  return marketplaces.some(marketplace => existsSync(path.join(cache, marketplace, name)))
}

interface InstalledPlugin {
  name?: unknown
  pluginId?: unknown
}

function toolServer(entry: unknown): ToolServer {
  const {name, transport} = entry as {name?: unknown; transport?: {command?: unknown; args?: unknown; url?: unknown}}
  const {command, args, url} = transport ?? {}
  if (typeof command !== 'string') return {name: String(name), url: String(url)}
  return {name: String(name), command, args: Array.isArray(args) ? args.map(String) : []}
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A UUID of version 7 begins with its time in milliseconds. */
function bornAt(conversation: string): number {
  return Number.parseInt(conversation.replaceAll('-', '').slice(0, 12), 16)
}

/** The day where Codex runs. */
function dayFolder(home: string, time: number): string {
  const day = new Date(time)
  const [month, date] = [day.getMonth() + 1, day.getDate()].map(number => String(number).padStart(2, '0'))
  return path.join(home, 'sessions', String(day.getFullYear()), month ?? '', date ?? '')
}

const DAY_MS = 86_400_000

/** The file that records a conversation; undefined before its first prompt, or when it was deleted. */
export async function conversationFile(home: string, conversation: string): Promise<string | undefined> {
  return (await conversationFiles(home, [conversation])).get(conversation)
}

/** The same for many, with one look at each folder. */
export async function conversationFiles(home: string, conversations: readonly string[]): Promise<Map<string, string>> {
  const listed = new Map<string, ReadonlyMap<string, string>>()
  const found = new Map<string, string>()
  for (const conversation of conversations.filter(id => ID.test(id))) {
    const born = bornAt(conversation)
    const days = [0, -1, 1].map(offset => dayFolder(home, born + offset * DAY_MS))
    for (const folder of [...days, path.join(home, 'archived_sessions')]) {
      const names = listed.get(folder) ?? (await recordsIn(folder))
      listed.set(folder, names)
      const name = names.get(conversation)
      if (name === undefined) continue
      found.set(conversation, path.join(folder, name))
      break
    }
  }
  return found
}

/** The names of the records in a folder, by their conversations. */
async function recordsIn(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(ifMissing([]))
  return new Map(
    names.flatMap(name => {
      const id = /^rollout-.*-(.{36})\.jsonl$/.exec(name)?.[1] ?? ''
      return ID.test(id) ? [[id, name] as const] : []
    }),
  )
}

/** The files of conversations that began in a folder since a moment. */
export async function conversationsIn(home: string, cwd: string, since: string): Promise<string[]> {
  const began = Date.parse(since)
  const found: string[] = []
  for (let day = began - DAY_MS; day < Date.now() + 2 * DAY_MS; day += DAY_MS) {
    const folder = dayFolder(home, day)
    for (const [id, name] of await recordsIn(folder)) {
      if (bornAt(id) >= began && (await beganIn(path.join(folder, name), cwd))) found.push(path.join(folder, name))
    }
  }
  return found
}

const HEAD_BYTES = 4096

/** The folder stands before all that is long in the first line. */
async function beganIn(file: string, cwd: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const {bytesRead, buffer} = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead).includes(`"cwd":${JSON.stringify(cwd)}`)
  } finally {
    await handle.close()
  }
}

const TAIL_BYTES = 256 * 1024

/** When anything was recorded last stands in one of these, whatever they tell. */
const NEWEST_LINES = 16

/** The last whole lines of a conversation's record; with `tells` only those of them that tell something, and the newest. */
export async function conversationTail(file: string, tells?: (line: string) => boolean): Promise<string[]> {
  const {bytes, isWhole} = tailOf(file)
  if (!tells) {
    const lines = bytes.toString('utf8').split('\n')
    return isWhole ? lines : lines.slice(1)
  }
  // Making text of the bytes costs more than looking for a few words in them, and so they are looked for in bytes.
  const [ends, raw] = [[] as number[], bytes.toString('latin1')]
  for (let end = raw.indexOf('\n'); end !== -1; end = raw.indexOf('\n', end + 1)) ends.push(end)
  ends.push(raw.length)
  const lines = ends.map((end, index) => [index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end] as const)
  return lines
    .slice(isWhole ? 0 : 1)
    .filter(([from, to], index, all) => index >= all.length - NEWEST_LINES || tells(raw.slice(from, to)))
    .map(([from, to]) => bytes.toString('utf8', from, to))
}

/** For one tail after the other: nothing is awaited while it is in use, and new memory would be cleared each time. */
let room: Buffer | undefined

function tailOf(file: string): {bytes: Buffer; isWhole: boolean} {
  const fd = openSync(file, 'r')
  try {
    const start = Math.max(0, fstatSync(fd).size - TAIL_BYTES)
    room ??= Buffer.allocUnsafeSlow(TAIL_BYTES)
    return {bytes: room.subarray(0, readSync(fd, room, 0, TAIL_BYTES, start)), isWhole: start === 0}
  } finally {
    closeSync(fd)
  }
}

/** The program the person has Codex run after each turn; our own takes its place in a session and passes the word on. */
export async function ownNotify(home: string): Promise<string[]> {
  const {readFile} = await import('node:fs/promises')
  const text = await readFile(path.join(home, 'config.toml'), 'utf8').catch(ifMissing(''))
  if (!/^\s*notify\s*=/m.test(text)) return []
  const {parse, TomlError} = await import('smol-toml')
  try {
    const {notify} = parse(text)
    return Array.isArray(notify) && notify.every(word => typeof word === 'string') ? notify : []
  } catch (error) {
    // Codex itself refuses a configuration it cannot read, and says where.
    if (error instanceof TomlError) return []
    throw error
  }
}

function ifMissing<Value>(value: Value): (error: unknown) => Value {
  return error => {
    if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return value
    throw error
  }
}
