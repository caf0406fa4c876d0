import {appendFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'

import {string} from '@oclif/core/flags'

import {integer} from '../../../../dist/flags.js'
import {PlannerCommand} from '../../../../dist/planner-command.js'

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
