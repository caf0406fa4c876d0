import type {SettingsSchema} from '@codex-planner/plugin-api'

import {type Config, type ConfigFile, resolveConfig} from '../domain/config.ts'
import {PlannerError} from '../domain/errors.ts'
import {pluginSettings} from '../domain/plugin-settings.ts'
import {editing} from '../domain/shell.ts'
import {shortened} from '../domain/text.ts'
import {hasCode} from './file-error.ts'
import {hostPaths} from './paths.ts'
import {readText} from './safe-file.ts'

export interface HostConfig {
  config: Config
  /** What is odd in the file, one sentence each. */
  warnings: string[]
  /** The absolute path it was looked for at. */
  file: string
  found: boolean
  /** What is set in `[plugins.<name>]`, by that plugin's own rules. @throws PlannerError INVALID_CONFIG */
  readonly pluginSettings: <Settings extends object>(plugin: string, schema: SettingsSchema<Settings>) => Settings
}

/** @throws PlannerError INVALID_CONFIG, UNSAFE_FILE */
export async function readConfig(env: Readonly<Record<string, string | undefined>>): Promise<HostConfig> {
  const {config: path, home} = hostPaths(env)
  const read = await readConfigText(path)
  if (!read && env['CODEX_ORCHESTRATOR_CONFIG']) {
    throw new PlannerError(
      'INVALID_CONFIG',
      `CODEX_ORCHESTRATOR_CONFIG names ${shortened(path, 500)}, and there is no such file.`,
      ['unset CODEX_ORCHESTRATOR_CONFIG'],
    )
  }
  const file = read && (await parsed(path, read.text))
  const {config, warnings} = resolveConfig({file, env, home})
  return {
    config,
    warnings,
    file: path,
    found: read !== undefined,
    pluginSettings: (plugin, schema) => pluginSettings(file, plugin, config.plugins[plugin] ?? {}, schema),
  }
}

/** Undefined when there is no such file; of a name that is too long there can be none. */
async function readConfigText(path: string): Promise<{text: string} | undefined> {
  try {
    return await readText(path, {maxBytes: 1_000_000, follow: true})
  } catch (error) {
    if (hasCode(error, 'ENAMETOOLONG')) return undefined
    throw error
  }
}

async function parsed(path: string, text: string): Promise<ConfigFile> {
  const {parse, TomlError} = await import('smol-toml')
  try {
    return {path, content: parse(text), lineOf: (table, key) => lineOf(text, table, key)}
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '')
    const sentence = `${path} line ${error.line}, column ${error.column}: this is not TOML (${reason}).`
    throw new PlannerError('INVALID_CONFIG', sentence, [editing(path)], {cause: error})
  }
}

/** The parser tells no positions, so a key is looked for the way people write it. */
function lineOf(text: string, table: string | undefined, key: string): number | undefined {
  const name = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const assigned = new RegExp(`^\\s*(["']?)${name}\\1\\s*[=.]`)
  const dotted = new RegExp(`^\\s*${table}\\s*\\.\\s*(["']?)${name}\\1\\s*[=.]`)
  let current = ''
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[+\s*([^\]]*?)\s*\]/.exec(line)?.[1]
    if (header !== undefined) current = header
    if (header === (table === undefined ? key : `${table}.${key}`)) return index + 1
    if (current === (table ?? '') && assigned.test(line)) return index + 1
    if (table !== undefined && current === '' && dotted.test(line)) return index + 1
  }
  return undefined
}
