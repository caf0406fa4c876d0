import {writeFile} from 'node:fs/promises'

import {string} from '@oclif/core/flags'

import {PlannerCommand} from '../../../../dist/planner-command.js'

export default class SpawnWorker extends PlannerCommand {
  static summary = 'Leave a mark.'
  static access = 'plan'
  static tool = {}
  static flags = {file: string({summary: 'Where.', required: true})}

  async execute() {
    const {flags} = await this.parse(SpawnWorker)
    await writeFile(flags.file, 'spawned')
    return {spawned: true}
  }

  render() {
    return ''
  }
}
