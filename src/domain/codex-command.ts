import {HOOK_KEY, type Hook} from './heavy-hook.ts'
import type {SessionRole} from './session.ts'

/** The name under which a session finds our tools; in a model's words `mcp__codex_orchestrator_local`. */
export const TOOL_SERVER = 'codex-orchestrator-local'
/** The other name under which the earlier tool could be registered. */
export const OTHER_TOOL_SERVER = 'codex-orchestrator'
/** The plugin for Codex's marketplaces that brings our tools, whichever marketplace it came from. */
export const TOOL_PLUGIN = 'codex-orchestrator-tools'

/** A server that Codex knows: a program it starts, or an address in the network. */
export type ToolServer = {name: string} & (
  | {command: string; args: readonly string[]; url?: undefined}
  | {url: string; command?: undefined}
)

export interface CodexStart {
  /** Absolute. */
  program: string
  /** `codex_args` of the host configuration. */
  extraArgs: readonly string[]
  role: SessionRole
  model: string | null
  cwd: string
  /** The repository's root, which is trusted for this start. */
  root: string
  /** The conversation to go on with; null for a new one. */
  conversation: string | null
  toolServer: {
    command: string
    args: readonly string[]
    env: Readonly<Record<string, string>>
    envNames: readonly string[]
  }
  /** Servers of ours under another name that a session would have; switched off, so that the model sees one set of tools. */
  otherServers: readonly ToolServer[]
  /** Installed plugins that bring our tools once more, switched off for the same reason. */
  otherPlugins: readonly string[]
  notify: readonly string[]
  /** What refuses heavy commands; null for a session without that. */
  hook: TrustedHook | null
  developerInstructions: string
  /** Folders outside the worktree that Codex's sandbox must let it write. */
  writable: readonly string[]
  withPrompt: boolean
}

/** A hook and the hash by which Codex runs it without asking the person first. */
export interface TrustedHook extends Hook {
  hash: string
}

/** The exact command line of Codex; the prompt, if there is one, comes behind it as one more word. */
export function codexCommand(start: CodexStart): string[] {
  const {toolServer} = start
  const server = tomlTable({
    // A registration of this name is merged into it, key by key, and the person may have switched that one off.
    enabled: 'true',
    command: tomlString(toolServer.command),
    args: tomlList(toolServer.args),
    env: tomlTable(
      Object.fromEntries(Object.entries(toolServer.env).map(([name, value]) => [name, tomlString(value)])),
    ),
    env_vars: tomlList(toolServer.envNames),
    default_tools_approval_mode: tomlString('approve'),
    // Codex waits about a second for a server that is not required, and then the model has to do without its tools for that turn.
    required: 'true',
    startup_timeout_sec: '60',
    tool_timeout_sec: '120',
  })
  return [
    start.program,
    ...(start.conversation === null ? [] : ['resume']),
    // With a background server the agent would outlive its terminal, and our settings would not reach it.
    '--no-daemon',
    ...start.extraArgs,
    ...start.writable.flatMap(folder => ['--add-dir', folder]),
    '-C',
    start.cwd,
    ...(start.model === null ? [] : ['-m', start.model]),
    ...trusting(start.root),
    ...setting(`mcp_servers.${TOOL_SERVER}`, server),
    ...withoutPlugins(start.otherPlugins),
    ...start.otherServers.flatMap(withoutServer),
    ...setting('notify', tomlList(start.notify)),
    ...(start.hook === null ? [] : hooking(start.hook)),
    ...setting('developer_instructions', tomlString(start.developerInstructions)),
    ...setting('features.multi_agent', 'false'),
    ...setting('check_for_update_on_startup', 'false'),
    ...(start.conversation === null && !start.withPrompt ? [] : ['--']),
    ...(start.conversation === null ? [] : [start.conversation]),
  ]
}

/** Trusts a repository for one call of Codex, so that its own `.codex/config.toml` counts. */
export function trusting(root: string): string[] {
  // Only the inline table works: a dotted path splits at the dots of a folder's name.
  return setting('projects', tomlTable({[root]: tomlTable({trust_level: tomlString('trusted')})}))
}

/** Adds a hook for one call of Codex, beside those of the person and the repository, and trusts it and no other. */
export function hooking({command, matcher, timeout, hash}: TrustedHook): string[] {
  const hook = tomlTable({type: tomlString('command'), command: tomlString(command), timeout: String(timeout)})
  const group = tomlTable({matcher: tomlString(matcher), hooks: `[${hook}]`})
  const state = tomlTable({[HOOK_KEY]: tomlTable({trusted_hash: tomlString(hash)})})
  return setting('hooks', tomlTable({PreToolUse: `[${group}]`, state}))
}

/** Switches plugins off for one call of Codex; their ids are `name@marketplace`. */
export function withoutPlugins(ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  return setting('plugins', tomlTable(Object.fromEntries(ids.map(id => [id, tomlTable({enabled: 'false'})]))))
}

/**
 * Switches a server off for one call of Codex. What it is comes along: Codex does not start with a setting for a server that only a
 * repository's own configuration has, or none, unless that setting is whole.
 */
function withoutServer({name, command, url}: ToolServer): string[] {
  const what: Record<string, string> = command === undefined ? {url: tomlString(url)} : {command: tomlString(command)}
  return setting(`mcp_servers.${name}`, tomlTable({...what, enabled: 'false'}))
}

/** What `codex mcp add` writes into an empty configuration. */
export function registration(name: string, command: readonly string[], env: Readonly<Record<string, string>>): string {
  const [program = '', ...args] = command
  const server = `[mcp_servers.${name}]\ncommand = ${tomlString(program)}\nargs = ${tomlList(args)}\n`
  const variables = Object.entries(env).map(([key, value]) => `${key} = ${tomlString(value)}\n`)
  return variables.length === 0 ? server : `${server}\n[mcp_servers.${name}.env]\n${variables.join('')}`
}

function setting(key: string, value: string): string[] {
  return ['-c', `${key}=${value}`]
}

/** A TOML basic string. JSON's escapes are TOML's, but for DEL. */
export function tomlString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007f')
}

function tomlList(items: readonly string[]): string {
  return `[${items.map(tomlString).join(',')}]`
}

function tomlTable(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(([key, value]) => `${tomlString(key)}=${value}`)
  return `{${pairs.join(',')}}`
}
