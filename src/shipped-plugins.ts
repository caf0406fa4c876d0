import {existsSync, readFileSync, realpathSync} from 'node:fs'
import path from 'node:path'
import type {Interfaces} from '@oclif/core'
import type {Command} from '@oclif/core/command'
import {Plugin} from '@oclif/core/config'

/** What the build has noted of a package that oclif finds in this one, or of this one itself. */
export type ShippedPlugin = Pick<Interfaces.Plugin, 'name' | 'pjson' | 'hooks' | 'topics' | 'moduleType'> & {
  commands: Command.Cached[]
}

export type CommandClasses = Readonly<Record<string, Command.Class>>

/**
 * The program and the plugins that come with it, as oclif would find them: it is spared looking for them. The first is the program
 * itself, whose commands are here already.
 */
export function shippedPlugins(root: string, own: CommandClasses): Map<string, Interfaces.Plugin> {
  const noted = JSON.parse(readFileSync(path.join(root, 'dist', 'bundle', 'plugins.json'), 'utf8')) as ShippedPlugin[]
  return new Map(noted.map((plugin, index) => [plugin.name, toPlugin(plugin, root, index === 0 ? own : undefined)]))
}

function toPlugin(noted: ShippedPlugin, root: string, own: CommandClasses | undefined): Interfaces.Plugin {
  const {name} = noted
  const type = 'core'
  const isRoot = own !== undefined
  let folder = isRoot ? root : undefined
  const findCommand = async (id: string): Promise<Command.Class> => {
    const Command = own?.[id]
    if (Command === undefined) return commandOfPackage(plugin.root, id)
    Command.id = id
    Command.plugin = plugin
    return Command
  }
  const plugin: Interfaces.Plugin = {
    ...noted,
    get root() {
      return (folder ??= packageFolder(name, root))
    },
    _base: '',
    alias: name,
    commands: noted.commands.map(command => ({
      ...command,
      pluginAlias: name,
      pluginType: type,
      load: () => findCommand(command.id),
    })),
    commandIDs: noted.commands.map(({id}) => id),
    commandsDir: undefined,
    findCommand,
    hasManifest: true,
    isRoot,
    load: async () => undefined,
    options: {root, isRoot},
    type,
    valid: true,
    version: noted.pjson.version,
  }
  return plugin
}

async function commandOfPackage(root: string, id: string): Promise<Command.Class> {
  const plugin = new Plugin({root, type: 'core'})
  await plugin.load()
  return plugin.findCommand(id, {must: true})
}

/** Beside what depends on it, or further up, as npm decides. */
function packageFolder(name: string, above: string): string {
  const folder = path.join(above, 'node_modules', name)
  if (existsSync(folder)) return realpathSync(folder)
  if (above === path.dirname(above)) throw new Error(`${name} is not installed.`)
  return packageFolder(name, path.dirname(above))
}
