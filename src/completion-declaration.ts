import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'

import type {Completes, DeclaredCommand, DeclaredFlag} from './domain/completion.ts'

/** What our own declarations say beyond what oclif keeps in its manifest. */
interface Own {
  completes?: Completes
}

/** Ours are asked for what they declare; of another plugin's, only what its manifest says is known, and nothing of it is run. */
export async function declarationOf(config: Config, command: Command.Loadable): Promise<DeclaredCommand> {
  const loaded = command.pluginName === config.name ? await command.load() : undefined
  const own = (of: object | undefined, name: string) => (of as Record<string, Own> | undefined)?.[name] ?? {}
  const args = Object.values(command.args).map(({name, options, multiple = false}) => ({
    options,
    // A command that is not strict takes more of the last one.
    multiple: multiple || command.strict === false,
    completes: loaded ? own(loaded.args, name).completes : foreignArgument(command, name),
  }))
  const flags = Object.values(command.flags).flatMap(flag => {
    const about = firstLine(config, flag.summary ?? flag.description ?? '')
    return declaredFlags(flag, about, own({...loaded?.baseFlags, ...loaded?.flags}, flag.name).completes)
  })
  const isGlobal = ({name}: DeclaredFlag) => command.flags[name]?.helpGroup === 'GLOBAL'
  const rest = loaded && (loaded as {completesRest?: Completes}).completesRest
  return {
    args,
    flags: [...flags.filter(flag => !isGlobal(flag)), ...flags.filter(isGlobal), ...(command.flags.help ? [] : [HELP])],
    rest,
  }
}

const HELP: DeclaredFlag = {
  name: 'help',
  about: 'Show all about this command.',
  takesValue: false,
  multiple: false,
  required: false,
  exclusive: [],
}

function declaredFlags(flag: Command.Flag.Cached, about: string, completes: Completes | undefined): DeclaredFlag[] {
  const {name, char, hidden, required = false, exclusive = []} = flag
  const declared = {
    name,
    char,
    hidden,
    about,
    required,
    exclusive: exclusive.filter(other => typeof other === 'string'),
  }
  if (flag.type === 'option') {
    return [{...declared, takesValue: true, multiple: flag.multiple ?? false, options: flag.options, completes}]
  }
  const bare = {...declared, takesValue: false, multiple: false}
  return flag.allowNo ? [bare, {...bare, name: `no-${name}`, char: undefined, required: false}] : [bare]
}

/** Of oclif's own: `plugins link` says by the name alone that it wants a path; of the others, all but one want what is installed. */
function foreignArgument({aliases, pluginName}: Command.Loadable, name: string): Completes | undefined {
  if (name === 'path') return 'path'
  const isInstalled = pluginName === '@oclif/plugin-plugins' && name === 'plugin'
  return isInstalled && !aliases.includes('plugins:add') ? 'plugin' : undefined
}

export function firstLine({bin}: Config, text: string): string {
  return text.replaceAll('<%= config.bin %>', bin).split('\n', 1)[0] ?? ''
}
