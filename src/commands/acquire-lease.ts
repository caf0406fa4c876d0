import {waitSentence} from '../domain/lease-wait.ts'
import {holderFlag, purposeFlag} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Acquired, acquireLease} from '../services/leases.ts'

const NOT_NOW = 3

export default class AcquireLease extends PlannerCommand<Acquired> {
  static override summary = 'Ask for the right to run one heavy command on this host.'
  static override description =
    'Heavy commands of all repositories on this machine share one budget, first come first served. When it is not granted, that is exit code 3: the request keeps its place, and asking again after the time it names renews that place. Asking again for a lease that is held renews it. Release it after the command. In a shell, <%= config.bin %> run does all of this by itself.'
  static override examples = [
    `<%= config.bin %> acquire-lease --session-name worker-task-001 --purpose 'npm test'`,
    '<%= config.bin %> acquire-lease --session-name operator --purpose build',
  ]
  static override flags = {
    'session-name': holderFlag({required: true, ...offering('lease-holder')}),
    purpose: purposeFlag({required: true}),
  }
  static override access = 'work' as const
  static override tool = {idempotent: true}

  async execute(): Promise<Acquired> {
    const {flags} = await this.parse(AcquireLease)
    return acquireLease(await this.project(flags), {session: flags['session-name'], purpose: flags.purpose})
  }

  override exitCode({granted}: Acquired): number {
    return granted ? 0 : NOT_NOW
  }

  render(answer: Acquired): string {
    if (!answer.granted) {
      const {queue_position, retry_after_seconds, expected_wait_seconds, reason} = answer
      return `Not now: ${reason} The request is at place ${queue_position} of the queue.${waitSentence(expected_wait_seconds)}\nAsk again in ${retry_after_seconds} s with the same words; its place is kept.`
    }
    const {id, session, ttl_seconds} = answer.lease
    return `${session} holds ${id} for ${ttl_seconds} s; asking again renews it.\nAfter the command: codex-planner release-lease ${id}`
  }
}
