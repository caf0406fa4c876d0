import {boolean, string} from '@oclif/core/flags'

import type {Session} from '../domain/session.ts'
import type {Task} from '../domain/task.ts'
import {repeatable, sessionNameFlag} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {fittingAnswer} from '../services/fitting.ts'
import {requestInput} from '../services/question.ts'

export default class RequestInput extends PlannerCommand<{task: Task; session: Session}> {
  static override summary = 'Ask the planner a question and wait for the answer.'
  static override description =
    'For workers. The task becomes needs_input, the question goes into its handoff, and the planner is told. The answer comes as the next message of the session.'
  static override examples = [
    `<%= config.bin %> request-input --session-name worker-task-001 --summary 'Keep the old spelling?' --recommended-next-step 'Keep it as an alias'`,
  ]
  static override flags = {
    'session-name': sessionNameFlag({required: true, summary: 'The session that asks.', ...offering('active-worker')}),
    summary: string({required: true, summary: 'The question itself.', helpValue: '<text>'}),
    detail: repeatable({summary: 'An option and what it would cost, or a fact that matters.'}),
    'recommended-next-step': string({summary: 'What you would do.', helpValue: '<text>'}),
    'close-session': boolean({summary: 'End the session until the answer comes.'}),
  }
  static override access = 'work' as const
  static override changesSessions = true
  static override tool = {}

  async execute(): Promise<{task: Task; session: Session}> {
    const {flags} = await this.parse(RequestInput)
    const asked = await requestInput(await this.project(flags), {
      session: flags['session-name'],
      summary: flags.summary,
      details: flags.detail ?? [],
      recommendedNextStep: flags['recommended-next-step'],
      close: flags['close-session'],
    })
    return fittingAnswer(asked, this.maxBytes)
  }

  render({task}: {task: Task}): string {
    return `${task.id} is ${task.status}. The answer comes with: codex-planner resume-task ${task.id} --note '…'`
  }
}
