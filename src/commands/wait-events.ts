import {integer} from '../flags.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Events, eventsAfter, waitForEvents} from '../services/events.ts'
import {table} from '../table.ts'

export default class WaitEvents extends PlannerCommand<Events> {
  static override summary = 'Show what changed after a revision, or wait for it.'
  static override description =
    'Every change of the board has a number, its revision. Tasks and sessions that changed later are shown as they are now, with what that asks for. Sessions that are found in trouble at this moment are named beside them. With --timeout the command waits when nothing has changed yet; the tool never waits.'
  static override examples = [
    '<%= config.bin %> wait-events --after 12',
    '<%= config.bin %> wait-events --after 12 --timeout 60',
  ]
  static override flags = {
    after: {
      ...integer({summary: 'The revision up to which you know.', min: 0, max: Number.MAX_SAFE_INTEGER}),
      required: true,
    },
    timeout: integer({summary: 'Seconds to wait for a change.', min: 1, max: 86_400}),
  }
  static override access = 'read' as const
  static override tool = {writes: true, idempotent: true, without: ['timeout']}

  async execute(): Promise<Events> {
    const {flags} = await this.parse(WaitEvents)
    const project = await this.project(flags)
    const after = flags.after ?? 0
    if (flags.timeout === undefined) return eventsAfter(project, after, this.maxBytes)
    // Where no board is, there is nothing to watch, and this says so.
    await project.board.read()
    return waitForEvents(project, after, flags.timeout)
  }

  render({changes, revision, needs}: Events): string {
    const found = needs.map(({id, what}) => `Found just now: ${id} ${what}.`)
    if (changes.length === 0) return [`Nothing changed. The board is at revision ${revision}.`, ...found].join('\n')
    const changed = table(changes, [
      {title: 'REVISION', value: change => String(change.revision)},
      {title: 'WHAT', value: change => change.id},
      {title: 'STATUS', value: change => change.status},
      {title: 'MEANING', value: change => change.what, flexible: true},
    ])
    return [changed, ...found].join('\n')
  }
}
