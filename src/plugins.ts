import path from 'node:path'
import type {PluginHost, TerminalBackend, WorkerPolicy} from '@codex-planner/plugin-api'
import type {Config} from '@oclif/core/config'
import type {Hooks} from '@oclif/core/hooks'

import {PlannerError} from './domain/errors.ts'
import {jsonIn} from './domain/json.ts'
import type {InstalledPlugin} from './services/checks/plugins.ts'
import type {Contributions, HostPlugins, InstalledPolicy} from './services/host.ts'

interface PlannerHooks extends Hooks {
  'terminal-backend': {options: PluginOptions; return: TerminalBackend}
  'worker-policy': {options: PluginOptions; return: WorkerPolicy}
}

interface PluginOptions extends Record<string, unknown> {
  hostFor: (plugin: string) => PluginHost
}

/** Asks the installed plugins for what they offer: the only place where oclif's hooks meet the services. */
export function hostPlugins(config: Config): HostPlugins {
  return {
    terminalBackends: async hostFor => {
      const {found, faults} = await ask(config, 'terminal-backend', hostFor)
      return {found: found.map(({offer}) => offer), faults}
    },
    workerPolicies: async hostFor => {
      const {found, faults} = await ask(config, 'worker-policy', hostFor)
      return {found: found.map(({plugin, offer}): InstalledPolicy => ({plugin, policy: offer})), faults}
    },
  }
}

async function ask<Event extends 'terminal-backend' | 'worker-policy'>(
  config: Config,
  event: Event,
  hostFor: (plugin: string) => PluginHost,
): Promise<Contributions<{plugin: string; offer: PlannerHooks[Event]['return']}>> {
  const {successes, failures} = await config.runHook<Event, PlannerHooks>(event, {hostFor}, undefined, true)
  // A person's own mistake in the configuration is shown as such, and not as a fault of the plugin that found it.
  const misconfigured = failures.find(({error}) => error instanceof PlannerError && error.code === 'INVALID_CONFIG')
  if (misconfigured) throw misconfigured.error
  const found: {plugin: string; offer: PlannerHooks[Event]['return']}[] = []
  const faults = failures.map(({plugin, error}) => ({plugin: plugin.name, reason: error.message}))
  for (const {plugin, result} of successes) {
    const reason = faultOf(event, result)
    if (reason === undefined) found.push({plugin: plugin.name, offer: result})
    else faults.push({plugin: plugin.name, reason})
  }
  // Hooks run side by side and end in any order.
  return {found: found.toSorted((one, other) => (one.offer.name < other.offer.name ? -1 : 1)), faults}
}

/** What makes an offer no part of this program; a plugin is not checked by anybody before. */
function faultOf(event: 'terminal-backend' | 'worker-policy', offer: unknown): string | undefined {
  const {api, name, admit} = (offer ?? {}) as Record<string, unknown>
  if (api !== 1) return `it speaks version ${String(api)} of the plugin contract; this program speaks 1.`
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(name))
    return 'its name is not one of at most 32 small letters, digits and dashes.'
  if (event === 'worker-policy' && typeof admit !== 'function') return 'it has no function admit.'
  return undefined
}

/** Every plugin that the program looks for, those that come with it too. */
export async function installedPlugins(config: Config): Promise<InstalledPlugin[]> {
  const ours = config.plugins.get(config.name)
  const names = new Set(ours?.commands.flatMap(({id, aliases}) => [id, ...aliases]))
  // oclif reads them side by side, in any order.
  const found = [...config.plugins.values()]
    .filter(({name}) => name !== config.name)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const shipped = ours?.pjson.oclif.plugins ?? []
  const loaded = found.map(({name, type, hooks, commands}) => ({
    name,
    isOurs: type === 'core',
    missing: null,
    replaces: type !== 'core' && shipped.includes(name),
    hooks: Object.keys(hooks).toSorted(),
    hidden: type === 'core' ? [] : commands.map(({id}) => id).filter(id => names.has(id)),
  }))
  const known = new Set(loaded.map(({name}) => name))
  const missing = (await listedPlugins(config.dataDir)).filter(({name}) => !known.has(name))
  return [
    ...loaded,
    ...missing.map(({name, root}) => ({name, isOurs: false, missing: root, replaces: false, hooks: [], hidden: []})),
  ]
}

/** What oclif keeps of the plugins that were installed or linked. */
async function listedPlugins(dataDir: string): Promise<{name: string; root: string}[]> {
  const {readText} = await import('./store/safe-file.ts')
  const read = await readText(path.join(dataDir, 'package.json'), {maxBytes: 1_000_000, follow: true})
  const {oclif} = (jsonIn(read?.text ?? '') ?? {}) as {oclif?: {plugins?: unknown}}
  if (!Array.isArray(oclif?.plugins)) return []
  return oclif.plugins.flatMap((plugin: {name?: unknown; root?: unknown} | null) => {
    if (typeof plugin?.name !== 'string') return []
    const root = typeof plugin.root === 'string' ? plugin.root : path.join(dataDir, 'node_modules', plugin.name)
    return [{name: plugin.name, root}]
  })
}
