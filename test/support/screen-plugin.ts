import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {checkout} from '../commands/machine.ts'
import {pack} from './installed-program.ts'
import {endScreens} from './screens.ts'
import type {World} from './world.ts'

export const SCREEN_FOLDER = path.join(checkout, 'plugins', 'terminal-screen')
export const SCREEN_PACKAGE = '@codex-planner/terminal-screen'

/** Makes the package that a user would be given. */
export async function packScreen(folder: string): Promise<string> {
  return (await pack(SCREEN_FOLDER, folder)).file
}

/** No registry answers there: what is installed must need nothing else. */
export const NO_REGISTRY = {npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0'}

/** Has the sessions of a world run in screen: the plugin is added as its user adds it, and the configuration names it. */
export async function useScreen(world: World, add: readonly string[]): Promise<void> {
  // Short enough for sockets to be in the plugin's own folder.
  world.env['XDG_STATE_HOME'] = path.join(world.folder, 's')
  const {code, stderr} = await world.run(['plugins', ...add], {env: NO_REGISTRY})
  if (code !== 0) throw new Error(`plugins ${add.join(' ')} ended with ${code}: ${stderr}`)
  const folder = path.join(world.env['XDG_CONFIG_HOME'] ?? '', 'codex-orchestrator')
  await mkdir(folder, {recursive: true})
  await writeFile(path.join(folder, 'config.toml'), '[defaults]\nterminal_backend = "screen"\n')
}

export async function closeWithScreens(world: World): Promise<void> {
  await endScreens(world.folder)
  await world.close()
}
