import {option} from '@oclif/core/args'
import {boolean} from '@oclif/core/flags'

import {PlannerError} from '../domain/errors.ts'
import {SHELLS, type Shell} from '../domain/typed-line.ts'
import {PlannerCommand} from '../planner-command.ts'

interface Completion {
  shell: Shell
  /** Lines to give in that shell, once. */
  paste: string[]
  /** What these lines put into a file. */
  script: string
}

export default class Autocomplete extends PlannerCommand<{shells: Completion[]}> {
  static override summary = 'Have TAB complete commands, flags and ids in your shell.'
  static override description =
    'Prints the lines to paste, once. After that TAB offers commands, flags and their values, and what is on the board at that moment: tasks that fit the command, sessions, leases and snapshots. The lines write a small file that calls this program where it is now; paste them again when it has moved. Without the name of a shell, the one of $SHELL is meant; where that is none of the three, all are shown. TAB reads and changes nothing.'
  static override examples = ['<%= config.bin %> autocomplete', '<%= config.bin %> autocomplete fish']
  static override args = {
    shell: option({options: SHELLS, ignoreStdin: true, description: 'The shell you use.'})(),
  }
  static override flags = {script: boolean({summary: 'Print what the shell reads instead of the lines to paste.'})}
  static override access = 'operate' as const

  private isScript = false

  async execute(): Promise<{shells: Completion[]}> {
    const {args, flags} = await this.parse(Autocomplete)
    await this.hostOf(flags)
    this.isScript = flags.script
    const [{completionScript, pastedLines}, {selfCommand}, {findProgram}] = await Promise.all([
      import('../domain/completion-script.ts'),
      import('../system/self.ts'),
      import('../system/program.ts'),
    ])
    const {bin} = this.config
    const self = findProgram(bin, process.env, undefined) === undefined ? selfCommand() : [bin]
    const chosen = args.shell ?? shellIn(process.env.SHELL)
    if (flags.script && chosen === undefined) {
      throw new PlannerError('INVALID_ARGUMENT', 'Say for which shell: bash, zsh or fish.', [
        'codex-planner autocomplete bash --script',
      ])
    }
    return {
      shells: SHELLS.filter(shell => chosen === undefined || shell === chosen).map(shell => ({
        shell,
        paste: pastedLines(shell, self),
        script: completionScript(shell, selfCommand()),
      })),
    }
  }

  render({shells}: {shells: Completion[]}): string {
    if (this.isScript) return shells.map(({script}) => script.trimEnd()).join('\n')
    return shells.map(({shell, paste}) => [`# Paste this into ${shell}, once:`, ...paste].join('\n')).join('\n\n')
  }
}

function shellIn(file: string | undefined): Shell | undefined {
  const name = file?.slice(file.lastIndexOf('/') + 1)
  return SHELLS.find(shell => shell === name)
}
