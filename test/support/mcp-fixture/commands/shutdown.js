import {PlannerCommand} from '../../../../dist/planner-command.js'

export default class Shutdown extends PlannerCommand {
  static summary = 'For the person alone, and no tool.'

  async execute() {
    return {}
  }

  render() {
    return ''
  }
}
