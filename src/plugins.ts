import type {PluginHost, TerminalBackend, WorkerPolicy} from '@codex-planner/plugin-api'
import type {Config} from '@oclif/core/config'
import type {Hooks} from '@oclif/core/hooks'

import {PlannerError} from './domain/errors.ts'
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
  return {found: found.toSorted((a, b) => a.offer.name.localeCompare(b.offer.name)), faults}
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
