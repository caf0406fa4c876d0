import {PlannerCommand} from '../../../../src/planner-command.ts'

export default class Shutdown extends PlannerCommand {
  static summary = 'For the person alone, and no tool.'

  async execute() {
    return {}
  }

  render() {
    return ''
  }
}
