import type {Config} from '@oclif/core/config'
import type {Hooks} from '@oclif/core/hooks'

import type {Project} from './services/project.ts'

/** Fired by commands that change sessions, before they do. A hook returns what it did, a sentence each. */
export type ReconcileHooks = Hooks & {
  reconcile: {options: {project: Project; command: string}; return: string[]}
}

/** What a person should know. What cannot be finished now keeps nobody from anything: the next command tries again. */
export async function reconcile(config: Config, project: Project, command: string): Promise<string[]> {
  const fired = config.runHook<'reconcile', ReconcileHooks>('reconcile', {project, command}, undefined, true)
  const {successes, failures} = await fired
  return [
    ...successes.flatMap(({result}) => result),
    ...failures.map(({error}) => `What an earlier command left could not be finished. ${error.message}`),
  ]
}
