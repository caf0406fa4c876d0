import {existsSync} from 'node:fs'
import path from 'node:path'
import {Config} from '@oclif/core/config'

import {type CommandClasses, shippedPlugins} from './shipped-plugins.ts'

/** What oclif knows of the program, without looking for what is not there. */
class ToldConfig extends Config {
  override async loadTheme(): ReturnType<Config['loadTheme']> {
    return existsSync(path.join(this.configDir, 'theme.json')) ? super.loadTheme() : undefined
  }
}

/** For a program that has no other plugins than those that came with it. */
export async function toldConfig(root: string, own: CommandClasses): Promise<Config> {
  const config = new ToldConfig({root, plugins: shippedPlugins(root, own)})
  await config.load()
  return config
}
