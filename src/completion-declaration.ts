import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'

import type {Completes, DeclaredCommand, DeclaredFlag} from './domain/completion.ts'

/** What the manifest says of our own commands beyond what oclif knows. */
interface Noted {
  /** By the names of arguments and flags. */
  offers?: Readonly<Record<'args' | 'flags', Readonly<Record<string, Completes>>>>
  completesRest?: Completes
}

/** Only what the manifest says, also of another plugin's: nothing of a command is loaded. */
export function declarationOf(config: Config, command: Command.Loadable): DeclaredCommand {
  const own = command.pluginName === config.name ? (command as Command.Loadable & Noted) : undefined
  const args = Object.values(command.args).map(({name, options, multiple = false}) => ({
    options,
    // A command that is not strict takes more of the last one.
    multiple: multiple || command.strict === false,
    completes: own ? own.offers?.args[name] : foreignArgument(command, name),
  }))
  const flags = Object.values(command.flags).flatMap(flag => {
    const about = firstLine(config, flag.summary ?? flag.description ?? '')
    return declaredFlags(flag, about, own?.offers?.flags[flag.name])
  })
  const isGlobal = ({name}: DeclaredFlag) => command.flags[name]?.helpGroup === 'GLOBAL'
  return {
    args,
    flags: [...flags.filter(flag => !isGlobal(flag)), ...flags.filter(isGlobal), ...(command.flags.help ? [] : [HELP])],
    rest: own?.completesRest,
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
