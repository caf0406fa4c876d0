import {PlannerError} from '../domain/errors.ts'
import {OPERATOR, requireLeaseSession} from '../domain/lease.ts'
import {printable} from '../domain/text.ts'
import type {Thrown} from '../failure.ts'
import {holderFlag, purposeFlag} from '../flags.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'

const WRONG_LINE = 2
const NOT_STARTED = 3

export default class Run extends PlannerCommand<number> {
  static override summary = 'Run a heavy command when it is its turn on this host.'
  static override description =
    'Takes a lease, waits its turn, runs the command with its input, output and exit code as they are, and gives the lease back, also when it is killed. INT, TERM, HUP and QUIT go to the command. When the command is not started, the exit code is 3 and the last line on standard error is: codex-planner: not started. A command that is not found is 127, as in a shell.'
  static override examples = [
    `<%= config.bin %> run --purpose 'unit tests' -- npm test`,
    '<%= config.bin %> run --purpose build --session-name operator -- make -j8 all',
  ]
  static override usage = 'run --purpose <text> [--session-name <session>] -- COMMAND [ARGUMENTS]'
  static override strict = false
  static override completesRest = 'command' as const
  static override enableJsonFlag = false
  static override flags = {
    purpose: purposeFlag({required: true}),
    'session-name': holderFlag({
      summary: 'Who holds the lease; default: the session this is run in, else operator.',
      ...offering('lease-holder'),
    }),
  }
  static override access = 'work' as const

  async execute(): Promise<number> {
    const {argv} = this
    const end = argv.indexOf('--')
    // oclif sorts what it parses, so the command is taken as it was typed.
    const command = end < 0 ? [] : argv.slice(end + 1)
    const {flags, argv: stray} = await this.parse(Run, end < 0 ? argv : argv.slice(0, end))
    if (stray.length > 0 || command.length === 0 || command[0] === '') {
      throw new PlannerError(
        'INVALID_ARGUMENT',
        'The command to run comes after two dashes, and nothing else before them.',
        [`codex-planner run --purpose 'unit tests' -- npm test`],
      )
    }
    const {runHeavy} = await import('../services/heavy-run.ts')
    const session = flags['session-name'] ?? requireLeaseSession(this.caller.session ?? OPERATOR)
    return runHeavy(await this.project(flags), {session, purpose: flags.purpose, argv: command, say: this.say})
  }

  override exitCode(code: number): number {
    return code
  }

  render(): string {
    return ''
  }

  private readonly say = (line: string): void => {
    process.stderr.write(`codex-planner: ${printable(line)}\n`)
  }

  protected override async catch(error: Thrown): Promise<void> {
    const exit = error.oclif?.exit === WRONG_LINE ? WRONG_LINE : NOT_STARTED
    try {
      // oxlint-disable-next-line promise/no-promise-in-callback -- it is no promise's `catch`
      await super.catch(Object.assign(error, {oclif: {exit}}))
    } finally {
      this.say('not started')
    }
  }
}
