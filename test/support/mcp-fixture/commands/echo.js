import {string as positional} from '@oclif/core/args'
import {boolean, string} from '@oclif/core/flags'

import {choice, integer, repeatable} from '../../../../src/flags.ts'
import {PlannerCommand} from '../../../../src/planner-command.ts'

export default class Echo extends PlannerCommand {
  static summary = 'Say what was understood.'
  static access = 'read'
  static tool = {}
  static aliases = ['say']
  static hiddenAliases = ['repeat']
  static args = {text: positional({required: true, ignoreStdin: true, description: 'Anything.'})}
  static flags = {
    note: repeatable({summary: 'A note.'}),
    limit: integer({summary: 'Entries at most.', min: 1, max: 200}),
    colour: choice(['red', 'blue'], {summary: 'A colour.'}),
    loud: boolean({summary: 'Louder.'}),
    force: boolean({summary: 'For the person.'}),
    owner: string({summary: 'Whose.'}),
  }

  async execute() {
    const {args, flags} = await this.parse(Echo)
    return {text: args.text, flags, caller: this.caller, folder: this.folder}
  }

  render() {
    return ''
  }
}
