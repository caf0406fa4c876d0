import {homedir, tmpdir} from 'node:os'
import path from 'node:path'

const NAME = 'codex-planner'

/** Where oclif keeps the plugins that were installed. Known here as well, since whether there are any is asked before oclif is loaded. */
export function pluginsFolder(env: NodeJS.ProcessEnv): string {
  return env.CODEX_PLANNER_DATA_DIR || path.join(env.XDG_DATA_HOME || inHome(env, '.local/share'), NAME)
}

/** For what can be made again at any time. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return env.CODEX_PLANNER_CACHE_DIR || path.join(env.XDG_CACHE_HOME || inHome(env, '.cache'), NAME)
}

function inHome(env: NodeJS.ProcessEnv, folder: string): string {
  return path.join(env.HOME || homedir() || tmpdir(), folder)
}
