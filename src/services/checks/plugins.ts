import {pasteable} from '../../domain/shell.ts'
import type {Host} from '../host.ts'
import {type Finding, ok, warning} from './finding.ts'

/** A plugin as it is installed. */
export interface InstalledPlugin {
  name: string
  /** It came with the program. */
  isOurs: boolean
  /** What it hooks into. */
  hooks: string[]
}

/** Hooks that run with every command, whatever it is. */
const EVERY_START = ['init', 'prerun', 'postrun', 'finally', 'preparse']

export async function pluginsFinding(host: Host, installed: readonly InstalledPlugin[]): Promise<Finding> {
  const {faults} = await host.terminalBackends()
  const all = [...faults, ...(await host.workerPolicies()).faults]
  const [first] = all
  if (first) {
    return warning(
      all.map(({plugin, reason}) => `${plugin}: ${reason}`).join(' '),
      pasteable(['codex-planner', 'plugins', 'uninstall', first.plugin]),
    )
  }
  const eager = installed.filter(({isOurs, hooks}) => !isOurs && hooks.some(hook => EVERY_START.includes(hook)))
  const [eagerFirst] = eager
  if (eagerFirst) {
    const told = eager.map(
      ({name, hooks}) => `${name} (${hooks.filter(hook => EVERY_START.includes(hook)).join(', ')})`,
    )
    return warning(
      `${told.join(', ')} runs code at every start of codex-planner; keep it only if you trust it`,
      pasteable(['codex-planner', 'plugins', 'inspect', eagerFirst.name]),
    )
  }
  const told = installed.filter(({isOurs, hooks}) => !isOurs || hooks.length > 0)
  return ok(
    told.map(({name, hooks}) => `${name} (${hooks.join(', ') || 'no hook'})`).join(', ') || 'none hooks into anything',
  )
}
