import {appendFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'

import {string} from '@oclif/core/flags'

import {integer} from '../../../../src/flags.ts'
import {PlannerCommand} from '../../../../src/planner-command.ts'

export default class SlowWrite extends PlannerCommand {
  static summary = 'Write a beginning, wait, write an end.'
  static access = 'work'
  static tool = {}
  static flags = {
    file: string({summary: 'Where.', required: true}),
    milliseconds: integer({summary: 'How long.', min: 0, max: 60_000, default: 0}),
  }

  async execute() {
    const {flags} = await this.parse(SlowWrite)
    await appendFile(flags.file, 'begin\n')
    await sleep(flags.milliseconds)
    await appendFile(flags.file, 'end\n')
    return {written: true}
  }

  render() {
    return ''
  }
}
