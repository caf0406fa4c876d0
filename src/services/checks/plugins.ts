import {pasteable} from '../../domain/shell.ts'
import type {Host} from '../host.ts'
import {type Finding, ok, warning} from './finding.ts'

/** A plugin as it is installed. */
export interface InstalledPlugin {
  name: string
  /** It came with the program. */
  isOurs: boolean
  /** Where it is looked for, and that it is not there; null when it is. */
  missing: string | null
  /** It stands in the place of one that comes with the program. */
  replaces: boolean
  /** What it hooks into. */
  hooks: string[]
  /** Its commands that are called like ours, which never run. */
  hidden: string[]
}

/** Hooks that run with every command, whatever it is. */
const EVERY_START = ['init', 'prerun', 'postrun', 'finally', 'preparse']

export async function pluginsFinding(host: Host, installed: readonly InstalledPlugin[]): Promise<Finding> {
  const {faults} = await host.terminalBackends()
  const oddities = [
    ...installed.flatMap(({name, missing}) => (missing === null ? [] : [gone(name, missing)])),
    ...[...faults, ...(await host.workerPolicies()).faults].map(({plugin, reason}) => faulty(plugin, reason)),
    ...installed.filter(({isOurs}) => !isOurs).flatMap(oddityOf),
  ]
  const [first] = oddities
  if (first) return warning(oddities.map(({what}) => what).join(' '), first.remedy)
  const told = installed.filter(({isOurs, hooks}) => !isOurs || hooks.length > 0)
  return ok(
    told.map(({name, hooks}) => `${name} (${hooks.join(', ') || 'no hook'})`).join(', ') || 'none hooks into anything',
  )
}

interface Oddity {
  /** One sentence. */
  what: string
  remedy: string
}

function gone(name: string, folder: string): Oddity {
  return {what: `${name}: its folder ${folder} is not there.`, remedy: about('uninstall', name)}
}

function faulty(name: string, reason: string): Oddity {
  return {what: `${name}: ${reason.replace(/\.$/, '')}.`, remedy: about('uninstall', name)}
}

function oddityOf({name, replaces, hooks, hidden}: InstalledPlugin): Oddity[] {
  const eager = hooks.filter(hook => EVERY_START.includes(hook))
  const found: Oddity[] = []
  if (eager.length > 0) {
    const what = `${name} (${eager.join(', ')}) runs code at every start of codex-planner; keep it only if you trust it.`
    found.push({what, remedy: about('inspect', name)})
  }
  if (replaces) {
    const what = `${name} stands in the place of the one that comes with codex-planner.`
    found.push({what, remedy: about('uninstall', name)})
  }
  if (hidden.length > 0) {
    const what = `${name} has commands that are called like those of codex-planner and never run: ${hidden.join(', ')}.`
    found.push({what, remedy: about('inspect', name)})
  }
  return found
}

function about(command: 'inspect' | 'uninstall', plugin: string): string {
  return pasteable(['codex-planner', 'plugins', command, plugin])
}
