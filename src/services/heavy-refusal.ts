import {hooking, type TrustedHook, trusting} from '../domain/codex-command.ts'
import {HOOK_KEY, heavyHook, heavyHookScript, setsHooks, trustText} from '../domain/heavy-hook.ts'
import {heavyScript} from '../store/runs.ts'
import {askForHooks, trustHash} from '../system/codex-hooks.ts'
import {selfCommand} from '../system/self.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'

/** What a start needs so that its session may not start heavy commands bare. */
export interface HeavyRefusal {
  hook: TrustedHook
  script: string
}

/**
 * Null when no command is named as heavy, and when this Codex would not run the hook without asking a person: an unattended start comes
 * before a refusal.
 */
export async function heavyRefusal(
  project: Project,
  {run, cwd, cli}: {run: string; cwd: string; cli: string},
): Promise<HeavyRefusal | null> {
  const {host, paths, root} = project
  const entries = host.config.heavy_commands
  if (entries.length === 0) return null
  const hook = hookFor(heavyScript(paths, run))
  const why = await whyNotTrusted(host, hook, trusting(root), cwd)
  if (why === null) return {hook, script: heavyHookScript(entries, {self: selfCommand(), cli})}
  await project.trace('heavy-commands-not-refused', {run, why: why.reason})
  return null
}

/** The hook with this script, absolute. */
export function hookFor(script: string): TrustedHook {
  const hook = heavyHook(script)
  return {...hook, hash: trustHash(trustText(hook))}
}

/** Why this Codex would not run the hook, as a sentence, and what helps; null when it would. */
export async function whyNotTrusted(
  host: Host,
  hook: TrustedHook,
  settings: readonly string[],
  folder: string,
): Promise<{reason: string; remedy: 'config' | 'codex' | 'codex config' | 'features'} | null> {
  if (setsHooks(host.config.codex_args)) {
    return {reason: 'codex_args set hooks of their own, whose place it would take.', remedy: 'config'}
  }
  const {program} = host.codex()
  const env = {...host.env, CODEX_HOME: host.codexHome, RUST_BACKTRACE: '0'}
  const seen = await askForHooks(program, [...settings, ...hooking(hook)], folder, env)
  if (!seen) return {reason: 'Codex does not say which hooks it has.', remedy: 'codex'}
  const found = seen.find(({key}) => key === HOOK_KEY)
  if (!found) return {reason: 'Codex runs no hooks of its command line as it is set up.', remedy: 'features'}
  if (!found.enabled) return {reason: 'The hook is switched off in the settings of Codex.', remedy: 'codex config'}
  return found.trust === 'trusted'
    ? null
    : {reason: 'This version of Codex would ask a person to review the hook.', remedy: 'codex'}
}
