import type {PluginHost, TerminalBackend, WorkerPolicy} from '@codex-planner/plugin-api'
import type {Config} from '@oclif/core/config'
import type {Hooks} from '@oclif/core/hooks'

import type {Contributions, HostPlugins} from './services/host.ts'

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
    terminalBackends: hostFor => ask(config, 'terminal-backend', hostFor),
    workerPolicies: hostFor => ask(config, 'worker-policy', hostFor),
  }
}

async function ask<Event extends 'terminal-backend' | 'worker-policy'>(
  config: Config,
  event: Event,
  hostFor: (plugin: string) => PluginHost,
): Promise<Contributions<PlannerHooks[Event]['return']>> {
  const {successes, failures} = await config.runHook<Event, PlannerHooks>(event, {hostFor}, undefined, true)
  const found: PlannerHooks[Event]['return'][] = []
  const faults = failures.map(({plugin, error}) => ({plugin: plugin.name, reason: error.message}))
  for (const {plugin, result} of successes) {
    const api: unknown = result?.api
    if (api === 1) found.push(result)
    else
      faults.push({
        plugin: plugin.name,
        reason: `it speaks version ${String(api)} of the plugin contract; this program speaks 1.`,
      })
  }
  // Hooks run side by side and end in any order.
  return {found: found.toSorted((a, b) => a.name.localeCompare(b.name)), faults}
}
