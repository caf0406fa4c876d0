import type {SettingsSchema} from '@codex-planner/plugin-api'

import {accepted, type ConfigFile, placeOf} from './config.ts'
import {PlannerError} from './errors.ts'
import {nearest} from './nearest.ts'
import {editing} from './shell.ts'

/** What the person set for a plugin, by the plugin's own rules. @throws PlannerError INVALID_CONFIG with the line of what is wrong */
export function pluginSettings<Settings extends object>(
  file: ConfigFile | undefined,
  plugin: string,
  table: Readonly<Record<string, unknown>>,
  schema: SettingsSchema<Settings>,
): Settings {
  const name = `plugins.${plugin}`
  const known = Object.keys(schema) as (keyof Settings & string)[]
  const unknown = Object.keys(table).find(key => !Object.hasOwn(schema, key))
  if (file && unknown !== undefined) {
    const advice = known.length === 0 ? 'it has no keys' : `the nearest known one is ${nearest(unknown, known)}`
    const sentence = `${placeOf(file, name, unknown)}: ${unknown} is not a known key of [${name}]; ${advice}.`
    throw new PlannerError('INVALID_CONFIG', sentence, [editing(file.path)])
  }
  const entries = known.map(key => [key, valueOf(file, name, table, key, schema[key])])
  return Object.fromEntries(entries) as Settings
}

function valueOf<Value>(
  file: ConfigFile | undefined,
  name: string,
  table: Readonly<Record<string, unknown>>,
  key: string,
  rule: SettingsSchema<Record<string, Value>>[string],
): Value {
  if (!file || !Object.hasOwn(table, key)) return rule.default
  const at = {place: placeOf(file, name, key), key, value: table[key], remedy: editing(file.path)}
  return accepted(rule, table[key], '', at)
}
