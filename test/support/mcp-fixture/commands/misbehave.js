// oxlint-disable no-console -- that is how it misbehaves
import {boolean} from '@oclif/core/flags'

import {PlannerError} from '../../../../src/domain/errors.ts'
import {choice} from '../../../../src/flags.ts'
import {PlannerCommand} from '../../../../src/planner-command.ts'

const WAYS = {
  print: () => {
    console.log('{"jsonrpc":"2.0","id":1,"result":"a line of the console"}')
    process.stdout.write('half a line without an end')
    console.error('a warning')
  },
  exit: () => process.exit(5),
  string: () => {
    throw 'a bare string'
  },
  late: () => {
    setImmediate(() => {
      throw new Error('too late to catch')
    })
    void Promise.reject(new Error('rejected later'))
  },
  'exit-code': () => {
    process.exitCode = 3
    throw new PlannerError('BOARD_LOCKED', 'The board is in use.', [
      'codex-planner echo "two words" --limit 5',
      'codex-planner shutdown',
      'git status',
    ])
  },
}

export default class Misbehave extends PlannerCommand {
  static summary = 'What a command must not do.'
  static access = 'read'
  static tool = {}
  static flags = {
    how: choice(Object.keys(WAYS), {summary: 'How.'}),
    fatal: boolean({summary: 'Ask oclif to end.'}),
  }

  async execute() {
    const {flags} = await this.parse(Misbehave)
    if (flags.fatal) this.exit(4)
    this.log('printed by the command')
    WAYS[flags.how]?.()
    return {done: true}
  }

  render() {
    return ''
  }
}
